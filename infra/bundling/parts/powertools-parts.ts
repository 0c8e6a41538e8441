import { methods, noClass, type Replacement, replacePart, withoutMethods } from './replacement.ts';

/** A logger that is given no buffer never fills nor flushes one. */
const withoutBuffering: Replacement['replace'] = (source) =>
  replacePart(withoutMethods('powertools/log-buffering', 'bufferLogItem')(source), {
    start: '        // `enabled` is a boolean, so we set it',
    end: '\n    }\n',
    instead: '        if (options.enabled !== false) refuse_powertools_log_buffering();\n    }\n',
  }).replaceAll(methods('flushBuffer|clearBuffer'), '$1$3(){}\n');

/** Parts of Powertools; see `bundle-parts.ts`. */
export const powertoolsParts = {
  /** The logger's option `logBufferOptions`. */
  'powertools/log-buffering': [
    {
      package: '@aws-lambda-powertools/logger',
      file: 'lib/esm/Logger.js',
      sha256: '749fcbd7dadf558901891569a49172b568cff01715592ca903ce28ae7ee09e1a',
      replace: withoutBuffering,
    },
    {
      package: '@aws-lambda-powertools/logger',
      file: 'lib/esm/LogInvocationStore.js',
      sha256: 'dc82b06d0a23598d2155203832e58d7b0bfad72d3744f210b458a04bdafbff59',
      replace: withoutMethods(
        'powertools/log-buffering',
        'configureBuffer|#getBuffer|add|get|delete',
      ),
    },
    {
      package: '@aws-lambda-powertools/logger',
      file: 'lib/esm/logBuffer.js',
      sha256: 'f66f4cfd3ac0c390a4255eaefb05bc4bc5fee44c09399132e9fb0b315e9b4e01',
      replace: noClass('powertools/log-buffering', 'SizedItem', 'SizedSet', 'CircularMap'),
    },
  ],
  /** `logger.createChild()`. */
  'powertools/child-loggers': [
    {
      package: '@aws-lambda-powertools/logger',
      file: 'lib/esm/Logger.js',
      sha256: '749fcbd7dadf558901891569a49172b568cff01715592ca903ce28ae7ee09e1a',
      replace: withoutMethods('powertools/child-loggers', 'createChild'),
    },
  ],
  /** Decorators of methods: `@logger.injectLambdaContext()` and `@metrics.logMetrics()`. */
  'powertools/decorators': [
    {
      package: '@aws-lambda-powertools/logger',
      file: 'lib/esm/Logger.js',
      sha256: '749fcbd7dadf558901891569a49172b568cff01715592ca903ce28ae7ee09e1a',
      replace: withoutMethods('powertools/decorators', 'injectLambdaContext'),
    },
    {
      package: '@aws-lambda-powertools/metrics',
      file: 'lib/esm/Metrics.js',
      sha256: '420cfe216344eb5efd1ebce57c533273cf1222bb28989e660f45ac46936a3271',
      replace: withoutMethods('powertools/decorators', 'logMetrics'),
    },
  ],
  /**
   * Metrics with dimensions of their own, a time of their own or by themselves; the default
   * dimensions are there.
   */
  'powertools/metric-dimensions': [
    {
      package: '@aws-lambda-powertools/metrics',
      file: 'lib/esm/Metrics.js',
      sha256: '420cfe216344eb5efd1ebce57c533273cf1222bb28989e660f45ac46936a3271',
      replace: withoutMethods(
        'powertools/metric-dimensions',
        'addDimension|addDimensions|captureColdStartMetric|setTimestamp|singleMetric|#validateEmfTimestamp',
      ),
    },
    {
      package: '@aws-lambda-powertools/metrics',
      file: 'lib/esm/MetricsStore.js',
      sha256: '25baa725a16f5564f198581e9cf751701ce9ff372643d12d71c3d7a94ef9c8c5',
      replace: withoutMethods(
        'powertools/metric-dimensions',
        'setTimestamp|#convertTimestampToEmfFormat',
      ),
    },
  ],
  /** Powertools' name in the `User-Agent` of an SDK client that it captures. */
  'powertools/user-agent': [
    {
      package: '@aws-lambda-powertools/commons',
      file: 'lib/esm/awsSdkUtils.js',
      sha256: '5387466cac8c7a8d03352ed93f36d4f443e8f017a610b8c64ab6e41701121ae5',
      replace: (source) =>
        replacePart(source, {
          start: 'const addUserAgentMiddleware = (client, feature) => {\n',
          end: '\n};\n',
          instead: 'const addUserAgentMiddleware = () => {};\n',
        }),
    },
  ],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;
