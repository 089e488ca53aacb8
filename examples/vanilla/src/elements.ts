/** The elements of the page, typed and never missing. */

/** The one element that matches. @throws If there is none, or one of another kind. */
export function element<Type extends Element>(
  selector: string,
  type: new () => Type,
  within: ParentNode = document,
): Type {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`There is no ${type.name} that matches ${selector}.`);
  return found;
}

/** A fresh copy of what a `<template>` holds. */
export function fromTemplate<Type extends Element>(selector: string, type: new () => Type): Type {
  const copy = element(selector, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof type)) throw new TypeError(`The template ${selector} holds no ${type.name}.`);
  return copy;
}

/** Calls `send` instead of the browser's own submission. */
export function onSubmit(form: HTMLFormElement, send: () => Promise<void>): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
}
