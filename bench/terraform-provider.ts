/**
 * `node bench/terraform-provider.ts FOLDER` builds the AWS provider from source by the `go` command
 * alone, and writes `cli.tfrc`, by which `terraform` and `tofu` install it. It has the services of
 * `infra/terraform` only, because all of them take hours.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const provider = {
  path: 'github.com/hashicorp/terraform-provider-aws',
  /** The newest one that the Go proxy offers: 6.48 in development, of 2 June 2026. */
  version: 'v1.60.1-0.20260602190131-5f2286d6d836',
  /** The lowest version that the module takes, so that it takes this build. */
  shownVersion: '6.66.0',
  services: 'cloudwatch dsql events iam lambda logs meta scheduler sns sqs sts'.split(' '),
  registries: ['registry.terraform.io', 'registry.opentofu.org'],
};

const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write('Give a folder: node bench/terraform-provider.ts FOLDER\n');
  process.exit(1);
}
const folder = resolve(target);
const source = join(folder, 'source');
const mirror = join(folder, 'mirror');
mkdirSync(folder, { recursive: true });

const go = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('go', args, {
    ...{ cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 },
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath' },
  });

/** The folder of the provider's source, which is read-only. */
const download = (): string => {
  const answer = go(folder, 'mod', 'download', '-json', `${provider.path}@${provider.version}`);
  return (JSON.parse(answer) as { readonly Dir: string }).Dir;
};

const change = (file: string, changed: (text: string) => string): void =>
  writeFileSync(join(source, file), changed(readFileSync(join(source, file), 'utf8')));

/** Leaves the services above in the provider's list. */
const withFewServices = (list: string): string =>
  list.replaceAll(
    /^\t"[^"\n]+\/internal\/service\/(\w+)"\n|^\t\t(\w+)\.ServicePackage\(ctx\),\n/gm,
    (line, imported?: string, listed?: string) =>
      provider.services.includes(imported ?? listed ?? '') ? line : '',
  );

/** The names of the clients of AWS that the services still in the list call. */
const calledClients = (): ReadonlySet<string> => {
  const text = go(source, 'list', '-deps', '-f', '{{.Dir}}', '.')
    .split('\n')
    .filter((one) => one.startsWith(source))
    .flatMap((one) => readdirSync(one).map((file) => join(one, file)))
    .filter((file) => /(?<!_test|awsclient_gen)\.go$/.test(file))
    .map((file) => readFileSync(file, 'utf8'));
  return new Set(
    text.flatMap((one) => [...one.matchAll(/\.(\w+Client)\(/g)].map(([, name = '']) => name)),
  );
};

/** Leaves some of the provider's clients of AWS, and their imports. */
const withFewClients = (text: string, names: ReadonlySet<string>): string => {
  const kept = text.replaceAll(
    /^func \(c \*AWSClient\) (\w+)\([^\n]*\n[^\n]*\n\}\n/gm,
    (method, name: string) => (names.has(name) ? method : ''),
  );
  return kept.replaceAll(
    /^\t(?:(\w+) )?"github\.com\/aws\/aws-sdk-go-v2\/service\/(\w+)"\n/gm,
    (line, alias: string | undefined, name: string) =>
      kept.includes(`*${alias ?? name}.Client`) ? line : '',
  );
};

const buildProvider = (): void => {
  rmSync(source, { recursive: true, force: true });
  cpSync(download(), source, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', source]);
  change('internal/provider/sdkv2/service_packages_gen.go', withFewServices);
  const names = calledClients();
  change('internal/conns/awsclient_gen.go', (text) => withFewClients(text, names));
  const binary = join(folder, 'terraform-provider-aws');
  go(source, 'build', '-ldflags', '-s -w', '-o', binary, '.');
  const [os, architecture] = go(source, 'env', 'GOOS', 'GOARCH').split('\n');
  for (const registry of provider.registries) {
    const place = `${registry}/hashicorp/aws/${provider.shownVersion}/${os}_${architecture}`;
    cpSync(binary, join(mirror, place, `terraform-provider-aws_v${provider.shownVersion}`));
  }
};

buildProvider();
const installation = `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`;
writeFileSync(join(folder, 'cli.tfrc'), installation);
console.log(`export TF_CLI_CONFIG_FILE=${join(folder, 'cli.tfrc')}`);
