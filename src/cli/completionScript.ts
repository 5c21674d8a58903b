import type { Command } from 'commander';

/** A subcommand as the completion scripts see it. */
export interface Word {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly {
    readonly name: string;
    readonly summary: string;
    readonly takesValue: boolean;
  }[];
  readonly choices: readonly string[];
  /** Its first argument is a process. */
  readonly wantsProcess: boolean;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, program: Command): string {
  const words = program.commands.map(wordOf);
  const name = program.name();
  switch (shell) {
    case 'bash':
      return bash(name, words);
    case 'zsh':
      return zsh(name, words);
    case 'fish':
      return fish(name, words);
  }
}

function wordOf(command: Command): Word {
  const [first] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.description(),
    flags: command.options.flatMap((option) =>
      option.long
        ? [{ name: option.long, summary: option.description, takesValue: option.required || option.optional }]
        : [],
    ),
    // Of a group of subcommands the first word is one of them.
    choices: first?.argChoices ?? command.commands.map((each) => each.name()),
    wantsProcess: first?.name() === 'process',
  };
}

function bash(name: string, words: readonly Word[]): string {
  const cases = words.map(({ name: word, flags, choices, wantsProcess }) => {
    const first = wantsProcess
      ? `{ _${name}_processes "$word"; return; }`
      : `values=${quote(choices.join(' '))}`;
    return [
      `    ${word})`,
      `      flags=${quote([...flags.map((flag) => flag.name), '--help'].join(' '))}`,
      `      [[ $COMP_CWORD -eq 2 && "$word" != -* ]] && ${first}`,
      '      ;;',
    ].join('\n');
  });
  return `# ${name} completion for bash: source <(${name} completion bash)
# Names are other people's text: compgen -W would run a $(command) in one.
_${name}_processes() {
  local pid found
  while IFS=$'\\t' read -r pid found; do
    [[ "$found" == "$1"* ]] && COMPREPLY+=("$(printf '%q' "$found")")
  done < <(${name} ps --names 2>/dev/null)
}
_${name}() {
  COMPREPLY=()
  local word="\${COMP_WORDS[COMP_CWORD]}" flags="" values=""
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W ${quote(words.map((each) => each.name).join(' '))} -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$word" == -* ]]; then values="$flags"; fi
  COMPREPLY=($(compgen -W "$values" -- "$word"))
}
complete -F _${name} ${name}
`;
}

function zsh(name: string, words: readonly Word[]): string {
  const cases = words.map(({ name: word, flags, choices, wantsProcess }) => {
    const specs = flags.map(
      (flag) => `${quote(`${flag.name}[${zshText(flag.summary)}]${flag.takesValue ? ':value:_files' : ''}`)}`,
    );
    const first = wantsProcess
      ? [quote(`1:process:_${name}_processes`)]
      : choices.length > 0
        ? [quote(`1:choice:(${choices.join(' ')})`)]
        : [];
    return `    ${word}) _arguments ${[...specs, ...first, quote('--help[show help]')].join(' ')} ;;`;
  });
  return `#compdef ${name}
# ${name} completion for zsh: source <(${name} completion zsh)
_${name}_processes() {
  local -a found
  found=(\${(f)"$(${name} ps --names 2>/dev/null | cut -f2)"})
  compadd -a found
}
_${name}() {
  if (( CURRENT == 2 )); then
    local -a subcommands
    subcommands=(
${words.map((each) => `      ${quote(`${each.name}:${zshText(each.summary)}`)}`).join('\n')}
    )
    _describe 'subcommand' subcommands
    return
  fi
  local subcommand="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$subcommand" in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function fish(name: string, words: readonly Word[]): string {
  const lines = words.flatMap(({ name: word, summary, flags, choices, wantsProcess }) => {
    const after = `-n ${quote(`__fish_seen_subcommand_from ${word}`)}`;
    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${word} -d ${quote(summary)}`,
      ...flags.map(
        (flag) =>
          `complete -c ${name} ${after} -l ${flag.name.slice(2)}${flag.takesValue ? ' -r' : ''} -d ${quote(flag.summary)}`,
      ),
      ...(wantsProcess
        ? [
            `complete -c ${name} ${after} -a ${quote(`(${name} ps --names 2>/dev/null | string replace -r '^\\d+\\t' '')`)}`,
          ]
        : []),
      ...(choices.length > 0 ? [`complete -c ${name} ${after} -a ${quote(choices.join(' '))}`] : []),
    ];
  });
  return `# ${name} completion for fish: ${name} completion fish | source
complete -c ${name} -f
${lines.join('\n')}
`;
}

/** One word in every shell here. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Colons and brackets have a meaning in zsh's descriptions. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
