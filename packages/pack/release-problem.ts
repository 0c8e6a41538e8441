/** A release before it is packed. */
type Release = {
  /** The tag of the release, such as `v0.2.0`; absent where packages are only tried. */
  readonly tag: string | undefined;
  readonly versions: readonly string[];
  readonly changelog: string;
};

/** Says in one line why these packages cannot be packed under this tag; `undefined` if they can. */
export const releaseProblem = ({ tag, versions, changelog }: Release): string | undefined => {
  const [version = ''] = versions;
  if (versions.some((other) => other !== version)) {
    return `Give the three packages one version: they have ${versions.join(', ')}`;
  }
  if (tag === undefined) return undefined;
  if (tag !== `v${version}`) {
    return `Tag the release v${version}, or set the version of the three packages: the tag is ${tag}`;
  }
  if (!changelog.includes(`\n## [${version}] - `)) {
    return `Add a section "## [${version}] - YYYY-MM-DD" to CHANGELOG.md`;
  }
  return undefined;
};
