/** Markdown while it streams: how unfinished text is mended, that nothing flickers, and that no markup of a model's ever works. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { mend } from '../../main/resources/io/neurolink/agent/web/console-mend.js';
import { ConsolePage, launchBrowser } from './support/console-page.mjs';
import { defaultServer } from './support/server.mjs';

const SAMPLE = `# Heading *one*

A paragraph with **bold text**, *emphasis*, \`code with * and [\`, ~~struck~~ and a [link *text*](https://example.com/a_b).
It has a second line, snake_case_words and 5 * 3 = 15.

- one **bold**
- two with \`code\`
  - nested *item*

1. first
2. second

> quoted **text**

| name | value |
| :--- | ----: |
| \`a\` | **1** |
| b | 2 |

\`\`\`js
const a = b * c; // **not bold** [not](a link)
\`\`\`

***both*** and the end.`;

describe('mending unfinished Markdown', () => {
    for (const [source, mended] of [
        ['plain text', 'plain text'],
        ['some **bold', 'some **bold**'],
        ['some **bold ', 'some **bold**'],
        ['some **', 'some '],
        ['some **bold*', 'some **bold**'],
        ['**bold *both', '**bold *both***'],
        ['an _emphasis', 'an _emphasis_'],
        ['snake_case', 'snake_case'],
        ['5 * 3', '5 * 3'],
        ['~~gone', '~~gone~~'],
        ['a \\*star', 'a \\*star'],
        ['run `code', 'run `code`'],
        ['run ``a ` b', 'run ``a ` b``'],
        ['run `', 'run'],
        ['see [the docs', 'see the docs'],
        ['see [the docs](https://exa', 'see the docs'],
        ['see [the docs](https://example.com)', 'see [the docs](https://example.com)'],
        ['an ![image](https://exa', 'an '],
        ['array[0] is', 'array[0] is'],
        ['text\n-', 'text'],
        ['text\n##', 'text'],
        ['text\n1.', 'text'],
        ['- done\n- [ ', '- done'],
        ['text\n| a | b', 'text'],
        ['| a | b |\n| --', ''],
        ['| a | b |\n|---|---|\n| **1', '| a | b |\n|---|---|\n| **1**'],
        ['```j', ''],
        ['```js\nlet **a', '```js\nlet **a'],
        ['```js\nlet a;\n``', '```js\nlet a;'],
        ['- **open\n- next', '- **open\n- next'],
    ]) {
        it(`should make ${JSON.stringify(mended)} of ${JSON.stringify(source)}`, () => assert.equal(mend(source), mended));
    }

    it('should leave finished Markdown alone', () => assert.equal(mend(`${SAMPLE}`), SAMPLE));
});

describe('Markdown in the console', () => {
    let browser;
    let server;
    let opened;

    before(async () => {
        server = await defaultServer();
        browser = await launchBrowser();
    });

    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    beforeEach(async () => {
        opened = await ConsolePage.open(browser, server.http);
        await opened.page.evaluate(async () => {
            Object.assign(globalThis, await import('/console-markdown.js'));
            globalThis.target = document.createElement('div');
            document.getElementById('turns').append(globalThis.target);
        });
    });

    afterEach(() => opened.close());

    /** What is shown after each of these pieces: text without white space. */
    function stream(pieces) {
        return opened.page.evaluate((all) => {
            const markdown = new globalThis.MarkdownStream(globalThis.target);
            const shown = all.map((piece) => {
                markdown.append(piece);
                markdown.draw();
                return globalThis.target.textContent.replace(/\s/g, '');
            });
            markdown.finish();
            const whole = document.createElement('div');
            whole.append(globalThis.render(all.join('')));
            return { shown, html: globalThis.target.innerHTML, whole: whole.innerHTML, text: globalThis.target.textContent.replace(/\s/g, '') };
        }, pieces);
    }

    it('should look the same in the end, however the text was cut into pieces', async () => {
        for (const size of [1, 2, 7, 31, 10_000]) {
            const { html, whole } = await stream(SAMPLE.match(new RegExp(`[^]{1,${size}}`, 'g')));
            assert.equal(html.replace(/>\s+</g, '><'), whole.replace(/>\s+</g, '><'), `pieces of ${size}`);
            await opened.page.evaluate(() => globalThis.target.replaceChildren());
        }
        await opened.noComplaints();
    });

    it('should never show a mark that is gone a moment later', async () => {
        const { shown, text } = await stream([...SAMPLE]);
        const flickers = shown.filter((step) => !text.startsWith(step));
        assert.deepEqual(flickers.slice(0, 3), []);
        shown.reduce((before, now) => {
            assert.ok(now.startsWith(before), `${before} → ${now}`);
            return now;
        });
    });

    it('should leave what is finished as it is', async () => {
        const kept = await opened.page.evaluate((sample) => {
            const markdown = new globalThis.MarkdownStream(globalThis.target);
            let first;
            for (const char of sample) {
                markdown.append(char);
                markdown.draw();
                first ??= globalThis.target.firstElementChild;
            }
            markdown.finish();
            return first !== null && first === globalThis.target.firstElementChild;
        }, SAMPLE);
        assert.ok(kept);
    });

    it('should resolve links whose addresses follow at the end, and CRLF', async () => {
        const { html, whole } = await stream([...'See [it][1].\r\n\r\nMore.\r\n\r\n[1]: https://example.com/\r\n']);
        assert.equal(html, whole);
        assert.match(html, /<a href="https:\/\/example.com\/"/);
    });

    it('should show code, tables and tasks in a form that can be used by keyboard', async () => {
        await stream(['```js\nlet a;\n```\n\n| a |\n|---|\n| 1 |\n\n- [x] done\n- [ ] open\n']);
        assert.equal(await opened.page.locator('.code-block pre[tabindex="0"]').getAttribute('aria-label'), 'Code in js');
        assert.equal(await opened.page.locator('.table-block[tabindex="0"] td').textContent(), '1');
        assert.equal(await opened.page.locator('.task').first().textContent(), '☑');
    });

    it('should do nothing that markup in the text asks for', async () => {
        const attacks = [
            '<script>globalThis.pwned = 1</script>', '<img src=x onerror="globalThis.pwned = 1">', '<svg onload="globalThis.pwned = 1"></svg>',
            '<svg><script>globalThis.pwned = 1</script></svg>', '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
            '<style>body { display: none }</style>', '<div style="position: fixed">x</div>', '<form action="https://example.com"><button>x</button></form>',
            '<a href="javascript:globalThis.pwned = 1">x</a>', '[x](javascript:globalThis.pwned=1)', '[x](JaVaScRiPt:globalThis.pwned=1)',
            '[x](java\tscript:globalThis.pwned=1)', '[x](&#106;avascript:globalThis.pwned=1)', '[x](data:text/html,<script>1</script>)',
            '[x](vbscript:x)', '![x](javascript:globalThis.pwned=1)', '![x](https://example.com/x.png)', '![x" onerror="globalThis.pwned=1](x)',
            '[x](https://example.com "\\" onmouseover=\\"globalThis.pwned=1")', '<https://example.com/"onclick="globalThis.pwned=1>',
            '`<img src=x onerror=globalThis.pwned=1>`', '```html\n<img src=x onerror=globalThis.pwned=1>\n```',
            '```" onclick="globalThis.pwned=1\nx\n```', '| <img src=x onerror=globalThis.pwned=1> |\n|---|\n| <b>x</b> |',
            '<math><mtext><table><mglyph><style><img src=x onerror=globalThis.pwned=1>', '<base href="https://example.com/">',
            '<meta http-equiv="refresh" content="0;url=https://example.com">', '<object data="x"></object><embed src="x">',
            '<details open ontoggle="globalThis.pwned=1">', '<input autofocus onfocus="globalThis.pwned=1">', '<!--><img src=x onerror=globalThis.pwned=1>',
        ];
        for (const attack of attacks) {
            await stream([...attack]);
        }
        await stream(attacks.map((attack) => `${attack}\n\n`));
        const { tags, attributes, links } = await opened.page.evaluate(() => {
            const all = [...globalThis.target.querySelectorAll('*')];
            return {
                tags: all.map(({ localName }) => localName), attributes: all.flatMap((node) => node.getAttributeNames()),
                links: all.map((node) => node.getAttribute('href')).filter((href) => href !== null),
            };
        });
        const forbidden = ['script', 'img', 'svg', 'iframe', 'style', 'form', 'input', 'object', 'embed', 'base', 'meta', 'math', 'details'];
        assert.deepEqual(tags.filter((tag) => forbidden.includes(tag)), []);
        assert.deepEqual(attributes.filter((name) => name.startsWith('on') || name === 'style' || name === 'src'), []);
        assert.deepEqual(links.filter((href) => !/^(https?:|mailto:)/.test(href)), []);
        for (const link of await opened.page.locator('#turns a').all()) {
            assert.match(await link.getAttribute('rel') ?? 'noopener', /noopener/);
        }
        assert.equal(await opened.page.evaluate(() => globalThis.pwned), undefined);
        assert.ok((await opened.page.evaluate(() => globalThis.target.textContent)).includes('<script>'));
        await opened.noComplaints();
    });
});
