/**
 * The text that becomes the container's command: read by `sh` as the container's user, from a file that is already
 * unlinked. So neither arguments nor environment stand in any command line, and no helper that still runs as root ever
 * sees a variable of the caller (LD_PRELOAD).
 */
import { findTool, requireTool } from '../tools.js';
import type { StartSpec } from './runtime.js';

/** Names that a shell can export; dash drops others. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Variables that one shell or another sets itself or will not have set. */
const SHELLS_OWN = new Set(
  'PWD OLDPWD SHLVL _ IFS PPID UID EUID OPTIND OPTARG LINENO SHELLOPTS BASHOPTS BASH_VERSINFO PS4'.split(' '),
);

/** Of the descriptors that the script finds open: its text, the gate, and what a keeper holds. */
export const SCRIPT_FD = 3;
export const GATE_FD = 4;
const KEPT_FDS = [SCRIPT_FD, GATE_FD, 5, 6];
export const RELEASE = 'go';

/** One word of a shell, whatever it holds but NUL. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function startScript(spec: StartSpec, marker: string | undefined): string {
  const { program } = spec;
  const lines = [
    `printf '%s\\n' $$ >&${GATE_FD}`,
    // An agent that dies before it has recorded the container has not started it.
    `IFS= read -r go <&${GATE_FD} && [ "$go" = ${RELEASE} ] || exit 1`,
    `exec ${KEPT_FDS.map((fd) => `${fd}<&-`).join(' ')}`,
    'unset go PWD OLDPWD SHLVL _',
    ...spec.notes.map((note) => `printf '%s\\n' ${quote(note)} >&2`),
  ];
  if ('failure' in program) return [...lines, ...fail(quote(program.failure)), ''].join('\n');
  const cwd = quote(spec.cwd);
  lines.push(
    `cd -- ${cwd} 2>/dev/null || {`,
    ...fail(quote(`Failed to chdir into current working directory '${spec.cwd}'`)),
    '}',
    `PATH=${quote(spec.environment.PATH ?? '')}`,
    ...search(program.file),
    ...words(program.file, program.argv),
    // Last of all, since a variable of the container may have the name of one of ours.
    'unset found folder PWD OLDPWD',
  );
  const environment = marker === undefined ? spec.environment : { ...spec.environment, ...variable(marker) };
  const odd: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (SHELL_NAME.test(name) && !SHELLS_OWN.has(name)) lines.push(`export ${name}=${quote(value)}`);
    else odd.push(quote(`${name}=${value}`));
  }
  const env = odd.length > 0 ? `${requireTool('env')} ${odd.join(' ')} ` : '';
  lines.push(`exec ${env}"$@"`, '');
  return lines.join('\n');
}

function variable(entry: string): Record<string, string> {
  const at = entry.indexOf('=');
  return { [entry.slice(0, at)]: entry.slice(at + 1) };
}

function fail(quoted: string): string[] {
  return [`  printf '%s\\n' ${quoted} >&2`, '  exit 1'];
}

/** Looked up in the working directory first where it is a bare name, then in PATH, as the sheet says. */
function search(file: string): string[] {
  const word = quote(file);
  const isProgram = (path: string): string => `[ -f ${path} ] && [ -x ${path} ]`;
  const there = file.includes('/')
    ? [`[ -e ${word} ] && found=${word}`]
    : [
        `if ${isProgram(`./${word}`)}; then found=./${word}; else`,
        '  IFS=:',
        '  for folder in $PATH; do',
        `    if ${isProgram(`"\${folder:-.}"/${word}`)}; then found=\${folder:-.}/${word}; break; fi`,
        '  done',
        '  unset IFS',
        'fi',
      ];
  return [
    'unset found',
    ...there,
    '[ -n "$found" ] || {',
    ...fail(quote(`Failed to execute '${file}': No such file or directory`)),
    '}',
    '[ -x "$found" ] && [ ! -d "$found" ] || {',
    ...fail(quote(`Failed to execute '${file}': Permission denied`)),
    '}',
  ];
}

const PERL_EXEC =
  'my $file = shift; exec {$file} @ARGV; print STDERR "Failed to execute \\x27$file\\x27: $!\\n"; exit 1';

const BASH_EXEC = 'file=$0; name=$1; shift; exec -a "$name" "$file" "$@"';

/** What to execute, as the script's own arguments. */
function words(file: string, argv: readonly string[]): string[] {
  const [name = file, ...others] = argv;
  const rest = others.map(quote).join(' ');
  if (name === file) {
    // By its name, so that argv[0] is what was asked for; by its place where PATH would find another one.
    return [`case $found in ./*) set -- "$found" ${rest} ;; *) set -- ${quote(file)} ${rest} ;; esac`];
  }
  const perl = findTool('perl');
  if (perl) return [`set -- ${perl} -e ${quote(PERL_EXEC)} "$found" ${quote(name)} ${rest}`];
  const bash = findTool('bash');
  if (bash) return [`set -- ${bash} -c ${quote(BASH_EXEC)} "$found" ${quote(name)} ${rest}`];
  return [`set -- "$found" ${rest}`];
}
