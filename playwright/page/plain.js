// A page without modules and bundler: the script-tag build, under a strict Content-Security-Policy.
"use strict";
window.session = window.Lockstep.createSession();
window.session.inspect((event) => window.inspected.push(event));
window.session.subscribe((snapshot) => window.changes.push(snapshot));
window.session.start();
window.loaded = true;
