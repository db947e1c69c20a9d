/** A command of a page, as somebody would type it. */
export interface Recipe {
  /** One line; what the page spread over several is joined. */
  readonly command: string;
}

/** The commands in the shell blocks of some sections of a Markdown page, in their order. */
export function recipesIn(page: string, sections: readonly string[]): readonly Recipe[] {
  return sections.flatMap((title) => {
    const section = page.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
    if (section === undefined) throw new Error(`the page has no section «${title}»`);
    const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    return blocks.flatMap(commandsIn);
  });
}

/** A line goes on after a backslash, and after a pipe. */
function commandsIn(block: string): Recipe[] {
  return block
    .replace(/\\\n\s*/g, '')
    .replace(/\|\n\s*/g, '| ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((command) => ({ command }));
}
