/** One page for all libraries: its address says which. */
import { fireDue, jump } from "./clock.js";
import { requests } from "./requests.js";
import { commits, renders } from "./counted.js";
import { heard, mark } from "./markers.js";
import { reactApplications } from "./react-applications.js";
import { vueApplications } from "./vue-applications.js";

const name = new URLSearchParams(location.search).get("application") ?? "";
const create = { ...reactApplications, ...vueApplications }[name];
const root = document.querySelector("ul");
if (create === undefined || root === null) throw new Error(`There is no application "${name}".`);
const application = create();
application.mount(root);

const measured = {
  application,
  fireDue,
  jump,
  requests,
  renders,
  commits,
  heard,
  mark,
  /** What the components show, each text once. */
  texts: () => [...new Set([...root.querySelectorAll("li")].map(({ textContent }) => textContent))],
};

declare global {
  interface Window {
    measured: typeof measured;
  }
}

window.measured = measured;
