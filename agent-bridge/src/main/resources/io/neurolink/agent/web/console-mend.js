/**
 * Markdown that is still being written, mended so that it does not flicker: what is open at its end is closed, and marks of which nobody
 * knows yet what they will become are held back. Pure functions over strings.
 */

const FENCE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;
const BLANK = /^[ \t>]*$/;
const STARTS_BLOCK = /^[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|>|\|)/;
const ONLY_MARKS = /^[ \t>]*(?:[-*+_=#`~]+|\d{1,9}[.)]?)[ \t]*$/;
const ONLY_TASK_MARKS = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?:[ xX]\]?)?[ \t]*$/;
const TABLE_DELIMITER = /^[ \t]*\|?[ \t:|-]*$/;
const WORD = /[\p{L}\p{N}]/u;

/**
 * @param {string} source Markdown up to where it has arrived
 * @returns {string} Markdown that looks as the whole will look, as far as it is known
 */
export function mend(source) {
    const lines = source.split('\n');
    const last = lines.length - 1;
    const fence = openFence(lines);
    if (fence !== null) {
        return mendCode(lines, fence);
    }
    if (ONLY_MARKS.test(lines[last]) || ONLY_TASK_MARKS.test(lines[last])) {
        return lines.slice(0, last).join('\n');
    }
    const tableStart = unsureTable(lines);
    if (tableStart >= 0) {
        return lines.slice(0, tableStart).join('\n');
    }
    const start = inlineStart(lines);
    return [...lines.slice(0, start), mendInline(lines.slice(start).join('\n'))].join('\n');
}

/** The line and the mark of the code block that is open at the end, or null. */
function openFence(lines) {
    let open = null;
    lines.forEach((line, index) => {
        const [, mark, info] = FENCE.exec(line) ?? [];
        if (mark === undefined) {
            return;
        }
        if (open === null) {
            open = mark[0] === '`' && info.includes('`') ? null : { mark, index };
        } else if (mark[0] === open.mark[0] && mark.length >= open.mark.length && info.trim() === '') {
            open = null;
        }
    });
    return open;
}

/** Holds back the language while it is being written, and the first marks of what will close the block. */
function mendCode(lines, { mark, index }) {
    const last = lines.length - 1;
    if (last === index) {
        return lines.slice(0, last).join('\n');
    }
    const trimmed = lines[last].trim();
    const closes = trimmed !== '' && trimmed.length < mark.length && mark.startsWith(trimmed);
    return closes ? lines.slice(0, last).join('\n') : lines.join('\n');
}

/** Where a table begins whose second line is not there yet in full; -1 where there is none. */
function unsureTable(lines) {
    const last = lines.length - 1;
    const isRow = (index) => index >= 0 && /^[ \t]*\|/.test(lines[index]);
    if (isRow(last) && !isRow(last - 1)) {
        return last;
    }
    const isUnsure = isRow(last - 1) && !isRow(last - 2) && TABLE_DELIMITER.test(lines[last]);
    return isUnsure ? last - 1 : -1;
}

/** The first line of what is inline text at the end: emphasis does not reach beyond. */
function inlineStart(lines) {
    let start = lines.length - 1;
    while (start > 0 && !STARTS_BLOCK.test(lines[start]) && !BLANK.test(lines[start - 1])) {
        start--;
    }
    return start;
}

/** Closes code, emphasis and links that are open. Marks at the very end may grow or close: what they become is not known yet. */
function mendInline(arrived) {
    const text = arrived.replace(/(?<!\\)[*_~]+$/, '');
    const { openCode, open, brackets } = scanInline(text);
    if (openCode !== null) {
        return closeCode(text, openCode, open);
    }
    const shown = withoutOpenLink(text, brackets);
    const body = shown.trimEnd();
    const closers = open.filter(({ at }) => at < body.length).map(({ mark }) => mark).reverse().join('');
    return closers === '' ? shown : body + closers;
}

/** What is open at the end: a code span, emphasis (outermost first), brackets. */
function scanInline(text) {
    const scan = { openCode: null, open: [], brackets: [] };
    const isRow = /^[ \t]*\|/.test(text);
    let at = 0;
    while (at < text.length && scan.openCode === null) {
        const char = text[at];
        if (char === '\\') {
            at += 2;
        } else if (char === '`') {
            at = overCode(text, at, scan);
        } else if (char === '*' || char === '_' || char === '~') {
            at = overEmphasis(text, at, scan.open);
        } else {
            noteBracket(text, at, scan.brackets);
            if (isRow && char === '|') {
                scan.open.length = 0;
            }
            at++;
        }
    }
    return scan;
}

function overCode(text, at, scan) {
    const mark = runAt(text, at);
    const end = new RegExp(`(?<!\`)${mark}(?!\`)`, 'g');
    end.lastIndex = at + mark.length;
    const found = end.exec(text);
    if (found === null) {
        scan.openCode = { at, mark };
        return text.length;
    }
    return found.index + mark.length;
}

function closeCode(text, { at, mark }, open) {
    const before = text.slice(0, at);
    const code = text.slice(at + mark.length).replace(/`+$/, '');
    const closers = open.map((each) => each.mark).reverse().join('');
    return code.trim() === '' ? before.trimEnd() + (before.trim() === '' ? '' : closers) : before + mark + code + mark + closers;
}

function overEmphasis(text, at, open) {
    const mark = runAt(text, at);
    const [before, after] = [text[at - 1] ?? ' ', text[at + mark.length] ?? ' '];
    const isInWord = mark[0] === '_' && WORD.test(before) && WORD.test(after);
    const top = open.at(-1);
    if (mark[0] === '~' && mark.length !== 2) {
        return at + mark.length;
    }
    if (top?.mark === mark && before.trim() !== '' && !isInWord) {
        open.pop();
    } else if (after.trim() !== '' && !isInWord && mark.length <= 3) {
        open.push({ mark, at });
    }
    return at + mark.length;
}

function noteBracket(text, at, brackets) {
    if (text[at] === '[') {
        brackets.push({ at, textEnd: -1 });
    } else if (text[at] === ']' && brackets.at(-1)?.textEnd === -1) {
        const isLink = text[at + 1] === '(';
        const isAtEnd = at === text.length - 1;
        if (isLink || isAtEnd) {
            brackets.at(-1).textEnd = at;
        } else {
            brackets.pop();
        }
    } else if (text[at] === ')' && brackets.at(-1)?.textEnd >= 0) {
        brackets.pop();
    }
}

/** Shows the text of a link whose address is not there in full, and nothing of such an image. */
function withoutOpenLink(text, brackets) {
    const link = brackets[0];
    if (link === undefined) {
        return text;
    }
    const isImage = text[link.at - 1] === '!';
    const before = text.slice(0, isImage ? link.at - 1 : link.at);
    const label = text.slice(link.at + 1, link.textEnd === -1 ? undefined : link.textEnd);
    return isImage ? before : before + label;
}

function runAt(text, at) {
    let end = at;
    while (text[end] === text[at]) {
        end++;
    }
    return text.slice(at, end);
}
