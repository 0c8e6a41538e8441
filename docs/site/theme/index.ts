import { useData, withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineComponent, h, onMounted, ref, watch } from 'vue';

/** Mermaid, which the browser loads from this site when a page has a picture. */
let loading: Promise<void> | undefined;

const load = (): Promise<void> => {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = withBase('/mermaid.min.js');
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    document.head.append(script);
  });
  return loading;
};

let pictures = 0;

/** A picture by Mermaid. Without JavaScript its text is shown. */
const MermaidPicture = defineComponent({
  props: { text: { type: String, required: true } },
  setup(props) {
    const { isDark } = useData();
    const source = decodeURIComponent(props.text);
    const svg = ref('');
    const draw = async () => {
      await load();
      const theme = isDark.value ? 'dark' : 'neutral';
      window.mermaid.initialize({ startOnLoad: false, theme });
      pictures += 1;
      ({ svg: svg.value } = await window.mermaid.render(`picture-${pictures}`, source));
    };
    onMounted(draw);
    watch(isDark, draw);
    return () =>
      svg.value === ''
        ? h('pre', source)
        : h('div', { class: 'mermaid-picture', innerHTML: svg.value });
  },
});

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => app.component('MermaidPicture', MermaidPicture),
};
