import { createLockstep } from "@lockstep/vue";
import { createApp } from "vue";
import App from "./app.vue";
import { session } from "./session.ts";
import "@lockstep/example-backend/style.css";

createApp(App).use(createLockstep({ session })).mount("#app");
