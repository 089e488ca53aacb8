import "@lockstep/example-backend/style.css";
import { SessionProvider } from "@lockstep/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { session } from "./session.ts";
import { StepUpDialog } from "./step-up-dialog.tsx";

createRoot(document.querySelector("#root") as HTMLElement).render(
  <StrictMode>
    <SessionProvider session={session}>
      <App />
      <StepUpDialog />
    </SessionProvider>
  </StrictMode>,
);
