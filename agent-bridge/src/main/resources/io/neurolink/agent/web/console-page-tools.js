/** Tools that this page runs for the agent: the model asks, the browser does it. */

import { chooseTheme, THEMES } from './console-theme.js';

export const PAGE_TOOLS = {
    browser_time: {
        description: 'Tells the time, time zone and language of the person in front of the browser.',
        inputSchema: { type: 'object', properties: {}, additionalProperties: false },
        execute: () => {
            const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
            const now = new Date();
            return { iso: now.toISOString(), local: now.toLocaleString(locale), timeZone, locale };
        },
    },
    page_theme: {
        description: 'Sets the colours of the page the person looks at.',
        inputSchema: {
            type: 'object', properties: { theme: { type: 'string', enum: THEMES } }, required: ['theme'], additionalProperties: false,
        },
        execute: ({ theme } = {}) => {
            if (!THEMES.includes(theme)) {
                throw new Error(`theme must be one of ${THEMES.join(', ')}`);
            }
            chooseTheme(theme);
            return { theme };
        },
    },
};
