import { parse } from 'acorn';

/** A fault of ours, before the target sees it: there, what does not parse does nothing and says nothing. */
export function parseFault(text: string): string | undefined {
  try {
    parse(`async()=>{function _(){return(${text}\n)}}`, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
