import { access, readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { readDescriptorSet } from '../src/descriptors.js';
import { commentOf } from '../src/reference/comment.js';
import { failuresOf, readReasons } from '../src/reference/reason.js';
import { renderReference } from '../src/reference/reference.js';
import { createContracts, ownFiles } from '../src/registry.js';
import { anchorsOf, linksOf, sectionOf } from './markdown-page.js';

const FOLDER = new URL('../../../docs/api/', import.meta.url);

const contracts = createContracts(await readDescriptorSet());
const files = ownFiles(contracts);
const pages = new Map<string, string>();
for (const name of await readdir(FOLDER)) pages.set(name, await readFile(new URL(name, FOLDER), 'utf8'));

/** What the page of a package says below a heading. */
function readSection(packageName: string, title: string): string {
  const section = sectionOf(pages.get(`${packageName}.md`) ?? '', title);
  expect(section, `${packageName}.md has no heading ${title}`).to.not.equal(undefined);
  return section ?? '';
}

/** The paragraphs of a comment that stand on a page as they are, as plain words in one line. */
function wordsOf(comment: string): readonly string[] {
  return comment
    .split(/\n{2,}/)
    .filter((paragraph) => !/^( {4}|Fails with )/.test(paragraph))
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').replaceAll('`', '').trim());
}

/** What is read on a page: without the marks of code and links. */
function plainOf(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`\\]/g, '');
}

describe('the reference in docs/api', () => {
  it('is what `make api-docs` writes', () => {
    const current = renderReference(contracts);
    expect([...pages.keys()].sort(), 'run `make api-docs`').to.deep.equal([...current.keys()].sort());
    for (const [name, text] of current)
      expect(pages.get(name) === text, `run \`make api-docs\`: ${name} is not current`).to.equal(true);
  });

  it('has every service and method on its first page, and a page for each package', () => {
    const services = files.flatMap((file) => file.services);
    expect(services).to.have.length.above(7);
    for (const service of services) {
      const overview = sectionOf(pages.get('README.md') ?? '', service.name) ?? '';
      expect(overview).to.include(`[${service.typeName}](`);
      for (const { name } of service.methods) expect(overview).to.include(`| [${name}](`);
    }
    expect([...pages.keys()]).to.include.members(files.map(({ proto }) => `${proto.package}.md`));
  });

  for (const file of files)
    it(`says what ${file.name}.proto says, of every service, method, message, field and value`, () => {
      const on = (title: string) => readSection(file.proto.package, title);
      for (const service of file.services) {
        for (const words of wordsOf(commentOf(service))) expect(plainOf(on(service.name))).to.include(words);
        for (const method of service.methods) {
          expect(on(method.name)).to.include(`\`/${service.typeName}/${method.name}\``);
          for (const words of wordsOf(commentOf(method))) expect(plainOf(on(method.name))).to.include(words);
          expect(on(method.name).includes('**stream**')).to.equal(method.methodKind !== 'unary');
        }
      }
      for (const message of file.messages)
        for (const field of message.fields) {
          const row = on(message.name)
            .split('\n')
            .find((line) => line.startsWith(`| ${field.number} | \`${field.name}\` |`));
          for (const words of wordsOf(commentOf(field)))
            expect(plainOf(row ?? ''), `${field}`).to.include(words);
        }
      const page = pages.get(`${file.proto.package}.md`) ?? '';
      for (const value of file.enums.flatMap(({ values }) => values)) {
        expect(page).to.include(`\`${value.name}\``);
        // A reason's code stands by itself, and what follows it begins with a capital letter.
        for (const words of wordsOf(commentOf(value)))
          expect(plainOf(page).toLowerCase()).to.include(words.replace(/^[^:]*: /, '').toLowerCase());
      }
    });

  it('names each reason that a method fails with, its gRPC code, and there the method', () => {
    const reasons = readReasons(contracts);
    expect(reasons.get('USER_NOT_FOUND')).to.deep.include({ code: 'NOT_FOUND' });
    let failures = 0;
    for (const { services, proto } of files)
      for (const method of services.flatMap(({ methods }) => methods)) {
        const comment = commentOf(method);
        expect(
          /\bFails with\b/.test(comment),
          `${method}: "Fails with A, B." is its own last paragraph`,
        ).to.equal(failuresOf(method).length > 0);
        for (const reason of failuresOf(method)) {
          failures += 1;
          const link = `[${reason}](flight.type.v1.md#${reason.toLowerCase()}) (${reasons.get(reason)?.code})`;
          expect(readSection(proto.package, method.name)).to.include(link);
          expect(readSection('flight.type.v1', reason)).to.include(`[${method.parent.name}.${method.name}](`);
        }
      }
    expect(failures).to.be.above(20);
  });

  it('links only to what is there', async () => {
    let links = 0;
    for (const [name, text] of pages)
      for (const link of linksOf(text)) {
        links += 1;
        if (link.startsWith('https://protobuf.dev/reference/protobuf/google.protobuf/#')) continue;
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? name : path;
        if (anchor === undefined) await access(new URL(target, FOLDER));
        else expect(anchorsOf(pages.get(target) ?? ''), `${link} on ${name}`).to.include(anchor);
      }
    expect(links).to.be.above(400);
  });

  it('has no link or heading that would be read as something else', () => {
    for (const [name, text] of pages) {
      expect(text.replace(/```[\s\S]*?```|`[^`\n]*`/g, ''), name).to.not.match(/<[a-z/]/i);
      expect(new Set(anchorsOf(text)).size, name).to.equal(anchorsOf(text).length);
      for (const table of text
        .trim()
        .split('\n\n')
        .filter((block) => block.startsWith('| '))) {
        const columns = table.split('\n').map((row) => row.split(/(?<!\\)\|/).length);
        expect(new Set(columns).size, `${name}: ${table.slice(0, 60)}`).to.equal(1);
      }
    }
  });
});
