import "@lockstep/example-backend/style.css";
import { SessionProvider } from "@lockstep/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { session } from "./session.ts";

createRoot(document.querySelector("#root") as HTMLElement).render(
  <StrictMode>
    <SessionProvider session={session}>
      <App />
    </SessionProvider>
  </StrictMode>,
);
