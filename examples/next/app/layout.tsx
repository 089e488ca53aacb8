import type { Metadata } from "next";
import type { ReactNode } from "react";
import "@lockstep/example-backend/style.css";

export const metadata: Metadata = { title: "Notes" };

export default function Layout({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
