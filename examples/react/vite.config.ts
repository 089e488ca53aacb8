import { exampleBackend } from "@lockstep/example-backend/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [react(), exampleBackend()] });
