/** What a person asks for: the prompt and the options beside it, read and checked. */

import { byId, setOptionalText } from './console-dom.js';

const TOOL_ARGS = {
    '': '{}', echo: '{"hello": "world"}', add: '{"a": 40, "b": 2}', clock: '{}', sleep: '{"ms": 500}', browser_time: '{}',
    page_theme: '{"theme": "dark"}',
};
const OPTION_FIELDS = ['model', 'temperature', 'max-tokens', 'overlap', 'on-disconnect', 'system-prompt', 'more', 'delay-ms', 'words', 'fail',
    'tool', 'approval'];
const MAX_PROMPT_PX = 220;

export class Composer {
    #onAsk;

    /** @param {(kind: string, request: object, copies: number) => void} onAsk */
    constructor(onAsk) {
        this.#onAsk = onAsk;
        byId('composer').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit(event.submitter?.value ?? 'stream');
        });
        byId('prompt').addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
                event.preventDefault();
                this.#submit('stream');
            }
        });
        byId('prompt').addEventListener('input', fitPrompt);
        byId('tool').addEventListener('change', () => this.#showArgs());
        byId('options-toggle').addEventListener('click', () => this.toggleOptions());
        byId('options-panel').addEventListener('input', showOptionCount);
        byId('options-panel').addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                event.stopPropagation();
                this.toggleOptions(false);
                byId('options-toggle').focus();
            }
        });
    }

    toggleOptions(isOpen = byId('options-panel').hidden) {
        byId('options-panel').hidden = !isOpen;
        byId('options-toggle').setAttribute('aria-expanded', `${isOpen}`);
    }

    /** Sends a request that was made ready: what the fields are set to, by their ids. */
    play({ prompt, copies = '1', ...fields }) {
        for (const id of OPTION_FIELDS) {
            byId(id).value = '';
        }
        byId('prompt').value = prompt;
        byId('copies').value = copies;
        byId('tool').value = fields.tool ?? '';
        this.#showArgs();
        Object.entries(fields).forEach(([id, value]) => {
            byId(id).value = value;
        });
        showOptionCount();
        this.#submit('stream');
    }

    #submit(kind) {
        let request;
        try {
            request = readRequest(kind);
        } catch (error) {
            setOptionalText(byId('composer-error'), error.message);
            return;
        }
        setOptionalText(byId('composer-error'), '');
        if (kind !== 'tool_call') {
            byId('prompt').value = '';
            fitPrompt();
        }
        this.#onAsk(kind, request, kind === 'tool_call' ? 1 : Number(byId('copies').value));
    }

    #showArgs() {
        byId('tool-args').value = TOOL_ARGS[byId('tool').value];
    }
}

function fitPrompt() {
    const prompt = byId('prompt');
    prompt.style.height = 'auto';
    prompt.style.height = `${Math.min(prompt.scrollHeight + 2, MAX_PROMPT_PX)}px`;
}

function showOptionCount() {
    const set = OPTION_FIELDS.filter((id) => byId(id).value !== '').length;
    byId('options-toggle').textContent = set === 0 ? 'Options' : `Options (${set})`;
}

function readRequest(kind) {
    const args = readJson('tool-args', 'Tool arguments');
    const toolName = byId('tool').value;
    if (kind === 'tool_call') {
        if (toolName === '') {
            throw new Error('Choose a tool to call.');
        }
        return { toolName, args, title: `${toolName}(${JSON.stringify(args)})` };
    }
    const prompt = byId('prompt').value;
    if (prompt.trim() === '') {
        throw new Error('Write a prompt first.');
    }
    return { prompt, title: prompt, options: readOptions(toolName, args), ...readHandling(kind) };
}

function readOptions(toolName, args) {
    const approval = byId('approval').value === '' ? {} : { approval: byId('approval').value };
    return {
        ...textOption('model', 'model'), ...numberOption('temperature', 'temperature'), ...numberOption('maxTokens', 'max-tokens'),
        ...textOption('systemPrompt', 'system-prompt'), ...numberOption('delayMs', 'delay-ms'), ...numberOption('words', 'words'),
        ...textOption('fail', 'fail'),
        ...(toolName === '' ? {} : { tool: { toolName, args, ...approval } }),
        ...readJson('more', 'More options'),
    };
}

function readHandling(kind) {
    return kind === 'stream' ? { ...textOption('overlap', 'overlap'), ...textOption('onDisconnect', 'on-disconnect') } : {};
}

function textOption(name, id) {
    const text = byId(id).value.trim();
    return text === '' ? {} : { [name]: text };
}

function numberOption(name, id) {
    const field = byId(id);
    if (field.validity.badInput) {
        throw new Error(`${field.labels[0].firstChild.data.trim()}: a number is needed.`);
    }
    return field.value === '' ? {} : { [name]: field.valueAsNumber };
}

function readJson(id, label) {
    const text = byId(id).value.trim();
    let value;
    try {
        value = text === '' ? {} : JSON.parse(text);
    } catch (error) {
        throw new Error(`${label}: ${error.message}`, { cause: error });
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
        throw new Error(`${label}: a JSON object is needed.`);
    }
    return value;
}
