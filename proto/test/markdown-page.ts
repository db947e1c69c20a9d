/** The headings of a page, in order. */
function headingsOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
}

/** The anchors of a page as GitHub makes them of its headings: small letters, hyphens for blanks, a number for repeats. */
export function anchorsOf(markdown: string): readonly string[] {
  const anchors: string[] = [];
  for (const title of headingsOf(markdown)) {
    const plain = [...title.toLowerCase()].filter((letter) => /[a-z0-9 _-]/.test(letter)).join('');
    const anchor = plain.split(' ').join('-');
    let repeats = 0;
    while (anchors.includes(repeats === 0 ? anchor : `${anchor}-${repeats}`)) repeats += 1;
    anchors.push(repeats === 0 ? anchor : `${anchor}-${repeats}`);
  }
  return anchors;
}

/** Where the links of a page lead. */
export function linksOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)]*)\)/g)].map(([, target = '']) => target);
}

/** What stands below a heading, up to the next one; undefined when there is no such heading. */
export function sectionOf(markdown: string, title: string): string | undefined {
  const sections = markdown.split(/^#+ /m);
  return sections.find((section) => section.startsWith(`${title}\n`))?.slice(title.length + 1);
}

function withoutCode(markdown: string): string {
  return markdown.replace(/```[\s\S]*?```/g, '');
}
