import { exampleBackend } from "@lockstep/example-backend/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [exampleBackend()] });
