/** The elements of the page, typed and never missing. */

type ElementType<T extends Element> = new () => T;

/** The one element that matches. @throws If the page has none, or another kind. */
export function element<T extends Element>(
  selector: string,
  type: ElementType<T>,
  within: ParentNode = document,
): T {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`The page has no ${type.name} that matches ${selector}.`);
  return found;
}

/** A fresh copy of what a `<template>` holds. */
export function fromTemplate(selector: string): HTMLElement {
  const { content } = element(selector, HTMLTemplateElement);
  const copy = content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new TypeError(`The template ${selector} is empty.`);
  return copy;
}

/** Writes only what changed, so that a screen reader and a selection are left alone. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Calls `action` on submit, instead of navigating; errors go to `onError`. */
export function onSubmit(
  form: HTMLFormElement,
  action: () => Promise<void>,
  onError: (error: unknown) => void,
): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action().catch(onError);
  });
}

/** Calls `action` on each click of the button; errors go to `onError`. */
export function onClick(
  button: HTMLButtonElement,
  action: () => Promise<void>,
  onError: (error: unknown) => void,
): void {
  button.addEventListener("click", () => {
    action().catch(onError);
  });
}
