// Building the page. Text is always a text node: names come from strangers' files and may look like markup.

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, unknown> | null} attributes `class`, `title`, `aria-…`; `onclick` and its like take functions;
 *        `style` takes an object, set through the CSSOM because the content security policy refuses inline styles;
 *        false, null and undefined leave an attribute out.
 * @param {...(Node | string | number | null | undefined | false | unknown[])} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. @returns {SVGElement} */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "value" && "value" in node) node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(node, child);
    else if (child instanceof Node) node.append(child);
    else if (child !== null && child !== undefined && child !== false) node.append(printable(String(child)));
  }
}

/** Without control and format characters, which could turn the direction of text or hide a part of it. */
export function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === "\n" || character === "\t" ? character : "\uFFFD"));
}

/** Puts children in the place of what is there. */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

/** A description list of names and values; values that are null, undefined, false or empty are left out. */
export function facts(rows) {
  return element("dl", { class: "facts" }, rows.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "")
    .map(([name, value]) => [element("dt", null, name), element("dd", null, value)]));
}

/** A failure as the tool prints one: what, expected, next step. */
export function failureCard(failure) {
  return element("section", { class: "card failure", role: "alert" },
    element("h2", null, failure.input || "This cannot be shown"),
    element("p", null, failure.problem),
    failure.expected && element("p", null, element("b", null, "Expected: "), failure.expected),
    failure.next_step && element("p", null, element("b", null, "Next: "), failure.next_step));
}

/** What went wrong: a server's refusal as it stands, else the error's words. */
export function errorCard(error, input, nextStep = "reload the page") {
  return failureCard(error.failure ?? { input, problem: `has an error: ${error.message}`, next_step: nextStep });
}

/** Gives what scrolls to the side a place in the order of the keyboard, and none where all of it is in sight. */
export function keepReachable(root) {
  let timer = 0;
  const look = () => {
    timer = 0;
    for (const node of root.querySelectorAll(".scroll")) {
      if (node.scrollWidth > node.clientWidth + 1) node.tabIndex = 0;
      else node.removeAttribute("tabindex");
    }
  };
  const soon = () => { timer ||= setTimeout(look, 150); };
  new MutationObserver(soon).observe(root, { childList: true, subtree: true });
  window.addEventListener("resize", soon);
}

/** Draws the answer to what is chosen, where it still is when the answer comes; `fail` takes a card that says what went wrong. */
export async function answerTo(chooser, ask, draw, fail) {
  const asked = chooser.value;
  try {
    const answer = await ask(asked);
    if (chooser.value === asked) draw(answer);
  } catch (error) {
    if (chooser.value === asked) fail(errorCard(error, chooser.selectedOptions[0].text));
  }
}

/** A button that copies a text. */
export function copyButton(text, label = "Copy") {
  const button = element("button", { type: "button", class: "quiet", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  } }, label);
  return button;
}
