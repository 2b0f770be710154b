import { MantineProvider } from "@mantine/core";
import { Code } from "@connectrpc/connect";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ApiContext, hasCode, type Api } from "./api";
import { KeyboardProvider } from "./keys";
import { NowProvider } from "./part/when";
import { cssVariables, theme } from "./theme";

/** Providers is all that a screen finds around itself; tests give another Api. */
export function Providers({ api, children }: { api: Api; children: ReactNode }) {
  const [client] = useState(newClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <ApiContext value={api}>
        <QueryClientProvider client={client}>
          <NowProvider>
            <KeyboardProvider>{children}</KeyboardProvider>
          </NowProvider>
        </QueryClientProvider>
      </ApiContext>
    </MantineProvider>
  );
}

// What the server answered in so many words is not asked again; only silence is.
const answered = [
  Code.Unauthenticated, Code.PermissionDenied, Code.NotFound, Code.InvalidArgument, Code.Aborted, Code.FailedPrecondition,
];

function newClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (hasCode(error, Code.Unauthenticated)) client.setQueryData(["session"], null);
      },
    }),
    defaultOptions: {
      queries: { staleTime: 5000, retry: (count, error) => count < 2 && !hasCode(error, ...answered) },
    },
  });
  return client;
}
