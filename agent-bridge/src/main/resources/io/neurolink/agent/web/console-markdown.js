/**
 * Markdown that is rendered while it arrives. Finished blocks are rendered once; only the last one is rendered again, mended, and the page
 * is changed where it differs. What a model writes is never markup: HTML in it is shown as text, and what Markdown makes is sanitised.
 */

import { element } from './console-dom.js';
import { mend } from './console-mend.js';
import { morphChildren } from './console-morph.js';
import { Marked } from './vendor/marked.esm.js';
import DOMPurify from './vendor/purify.es.mjs';

const FIRST_HEADING_LEVEL = 5;
const LAST_HEADING_LEVEL = 6;
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m;
const SAFE_LINK = /^(?:https?:|mailto:)/i;

const ALLOWED = {
    ALLOWED_TAGS: ['p', 'br', 'hr', 'h5', 'h6', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'span',
        'table', 'thead', 'tbody', 'tr', 'th', 'td'],
    ALLOWED_ATTR: ['href', 'title', 'class', 'start', 'align'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
};

const marked = new Marked({ gfm: true });
marked.use({
    renderer: {
        html: ({ text }) => escapeHtml(text),
        checkbox: ({ checked }) => `<span class="task">${checked ? '☑' : '☐'}</span> `,
        image({ href, text }) {
            return `<a href="${escapeHtml(href)}">${escapeHtml(text || 'image')}</a>`;
        },
        heading({ tokens, depth }) {
            const level = Math.min(FIRST_HEADING_LEVEL - 1 + depth, LAST_HEADING_LEVEL);
            return `<h${level} class="md-${depth}">${this.parser.parseInline(tokens)}</h${level}>\n`;
        },
    },
});

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
    if (node.nodeName === 'A') {
        secureLink(node);
    }
});

/** Markdown in an element that grows. */
export class MarkdownStream {
    #root;
    #arrived = '';
    #settledChars = 0;
    #settledNodes = 0;

    /** @param {Element} root an empty element */
    constructor(root) {
        this.#root = root;
    }

    /** Takes what arrived; `draw()` shows it. */
    append(text) {
        this.#arrived += text;
    }

    /** Shows what has arrived, mended. */
    draw() {
        const open = this.#settle(normalised(this.#arrived).slice(this.#settledChars));
        morphChildren(this.#root, render(mend(open)), this.#settledNodes);
    }

    /** Shows the whole as it is. */
    finish() {
        const source = normalised(this.#arrived);
        if (DEFINITION.test(source)) {
            this.#settledChars = 0;
            this.#settledNodes = 0;
        }
        morphChildren(this.#root, render(source.slice(this.#settledChars)), this.#settledNodes);
    }

    /** Renders the blocks that nothing can change any more: all but the last that is made of whole lines. Returns what is left. */
    #settle(open) {
        const tokens = marked.lexer(open.slice(0, open.lastIndexOf('\n') + 1));
        const lastBlock = tokens.findLastIndex(({ type }) => type !== 'space');
        const settled = tokens.slice(0, Math.max(lastBlock, 0)).map(({ raw }) => raw).join('');
        if (settled === '') {
            return open;
        }
        morphChildren(this.#root, render(settled), this.#settledNodes);
        this.#settledChars += settled.length;
        this.#settledNodes = this.#root.childNodes.length;
        return open.slice(settled.length);
    }
}

/**
 * @param {string} source Markdown from anybody
 * @returns {DocumentFragment} what may be shown of it
 */
export function render(source) {
    const fragment = DOMPurify.sanitize(marked.parse(source), ALLOWED);
    dropBlankText(fragment);
    fragment.querySelectorAll('pre').forEach(frameCode);
    fragment.querySelectorAll('table').forEach(frameTable);
    return fragment;
}

/** White space between blocks is not content; without it the number of nodes is the number of blocks. */
function dropBlankText(fragment) {
    for (const node of [...fragment.childNodes]) {
        if (node.nodeType === Node.TEXT_NODE && node.data.trim() === '') {
            node.remove();
        }
    }
}

function frameCode(pre) {
    const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
    const frame = element('div', 'code-block');
    const head = element('div', 'code-head');
    const copy = element('button', 'copy', 'Copy');
    copy.type = 'button';
    copy.setAttribute('aria-label', 'Copy code');
    head.append(element('span', '', language || 'text'), copy);
    makeScrollable(pre, language === '' ? 'Code' : `Code in ${language}`);
    pre.replaceWith(frame);
    frame.append(head, pre);
}

function frameTable(table) {
    const frame = element('div', 'table-block');
    makeScrollable(frame, 'Table');
    table.replaceWith(frame);
    frame.append(table);
}

/** What may be wider than the page is scrolled, by keyboard too. */
function makeScrollable(target, label) {
    target.tabIndex = 0;
    target.setAttribute('role', 'group');
    target.setAttribute('aria-label', label);
}

function secureLink(link) {
    if (SAFE_LINK.test(link.getAttribute('href') ?? '')) {
        link.setAttribute('target', '_blank');
        link.setAttribute('rel', 'noopener noreferrer nofollow');
    } else {
        link.removeAttribute('href');
    }
}

function escapeHtml(text) {
    return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** One kind of line end, as the lexer has it, so that lengths agree. A carriage return at the end may be half of one. */
function normalised(text) {
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
