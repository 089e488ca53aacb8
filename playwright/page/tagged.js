// A page whose session is made by the attributes of the script tag.
"use strict";
document.addEventListener("lockstep:change", ({ detail }) => window.changes.push(detail));
window.session = window.Lockstep?.session;
window.session?.inspect((event) => window.inspected.push(event));
window.loaded = true;
