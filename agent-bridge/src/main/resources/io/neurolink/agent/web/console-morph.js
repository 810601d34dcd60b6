/** Makes nodes of the page equal to wanted ones with as few changes as can be: what stays keeps its selection, its scroll, its focus. */

/**
 * @param {Node} parent whose children from `start` on become those of `wanted`
 * @param {Node} wanted a fragment; its nodes may be taken from it
 * @param {number} [start]
 */
export function morphChildren(parent, wanted, start = 0) {
    const targets = [...wanted.childNodes];
    targets.forEach((target, index) => {
        const present = parent.childNodes[start + index];
        if (present === undefined) {
            parent.append(target);
        } else if (isAlike(present, target)) {
            morphNode(present, target);
        } else {
            present.replaceWith(target);
        }
    });
    while (parent.childNodes.length > start + targets.length) {
        parent.lastChild.remove();
    }
}

function isAlike(present, target) {
    return present.nodeType === target.nodeType && present.nodeName === target.nodeName;
}

function morphNode(present, target) {
    if (present.nodeType === Node.TEXT_NODE) {
        morphText(present, target.data);
        return;
    }
    morphAttributes(present, target);
    morphChildren(present, target);
}

/** Text that only grew is added to: a selection in it stays. */
function morphText(present, data) {
    if (data.startsWith(present.data)) {
        if (data.length > present.data.length) {
            present.appendData(data.slice(present.data.length));
        }
    } else {
        present.data = data;
    }
}

function morphAttributes(present, target) {
    for (const { name } of [...present.attributes]) {
        if (!target.hasAttribute(name)) {
            present.removeAttribute(name);
        }
    }
    for (const { name, value } of target.attributes) {
        if (present.getAttribute(name) !== value) {
            present.setAttribute(name, value);
        }
    }
}
