/** Splits `cmd; cmd` at semicolons outside quotes. Blank parts are left out. */
export function splitCommands(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\' && quote !== "'") {
      part += character + text.charAt(++index);
      continue;
    }
    if (quote) quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === ';') {
      parts.push(part);
      part = '';
      continue;
    }
    part += character;
  }
  parts.push(part);
  return parts.map((each) => each.trim()).filter(Boolean);
}
