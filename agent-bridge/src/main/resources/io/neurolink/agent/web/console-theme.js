/** Light, dark, or as the system has it. Loaded before the page is first drawn, so that it never flashes in the wrong colours. */

import { settings } from './console-dom.js';

export const THEMES = ['auto', 'light', 'dark'];

const SETTING = 'theme';
const SIGN = { auto: '◐', light: '☀', dark: '☾' };
const NAME = { auto: 'automatic', light: 'light', dark: 'dark' };

/** The theme that was chosen: one of `THEMES`. */
export function chosenTheme() {
    const theme = settings.get(SETTING);
    return THEMES.includes(theme) ? theme : 'auto';
}

/** Chooses a theme, and remembers it. */
export function chooseTheme(theme) {
    settings.set(SETTING, theme);
    apply(theme);
}

/** A button that goes through the themes. */
export function attachThemeButton(button, announce) {
    const show = () => {
        const theme = document.documentElement.dataset.theme;
        button.textContent = `${SIGN[theme]}\uFE0E`;
        button.setAttribute('aria-label', `Theme: ${NAME[theme]}`);
        button.title = `Theme: ${NAME[theme]} (T)`;
    };
    button.addEventListener('click', () => {
        const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
        chooseTheme(next);
        announce(`Theme: ${NAME[next]}`);
    });
    new MutationObserver(show).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    show();
}

function apply(theme) {
    document.documentElement.dataset.theme = theme;
}

apply(chosenTheme());
