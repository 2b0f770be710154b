import { Code, ConnectError, createClient, type Client, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createContext, useContext } from "react";
import { ContextService } from "./gen/farmwatch/console/v1/context_pb";
import { NoticeService } from "./gen/farmwatch/console/v1/notices_pb";
import { SiteService } from "./gen/farmwatch/console/v1/sites_pb";
import { AlertService, AssessmentService, DeviceService, EgressService, PresenceService, SanctionService, SessionService, TokenService } from "./gen/farmwatch/console/v1/console_pb";

/** Api is everything the console asks of the server, one client per service. */
export interface Api {
  session: Client<typeof SessionService>;
  alerts: Client<typeof AlertService>;
  assessments: Client<typeof AssessmentService>;
  devices: Client<typeof DeviceService>;
  egress: Client<typeof EgressService>;
  notices: Client<typeof NoticeService>;
  presence: Client<typeof PresenceService>;
  sanctions: Client<typeof SanctionService>;
  sites: Client<typeof SiteService>;
  context: Client<typeof ContextService>;
  tokens: Client<typeof TokenService>;
}

/** apiOver makes the clients over one transport; tests give it a router in memory. */
export function apiOver(transport: Transport): Api {
  return {
    session: createClient(SessionService, transport),
    alerts: createClient(AlertService, transport),
    assessments: createClient(AssessmentService, transport),
    devices: createClient(DeviceService, transport),
    egress: createClient(EgressService, transport),
    notices: createClient(NoticeService, transport),
    presence: createClient(PresenceService, transport),
    sanctions: createClient(SanctionService, transport),
    sites: createClient(SiteService, transport),
    context: createClient(ContextService, transport),
    tokens: createClient(TokenService, transport),
  };
}

/** sameOrigin is the server that served this page; its session cookie goes along by itself. */
export function sameOrigin(): Transport {
  return createConnectTransport({ baseUrl: window.location.origin });
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("useApi is used outside ApiContext");
  return api;
}

/** sentence is what the server said, without the code that goes before it. */
export function sentence(error: unknown): string {
  const { rawMessage, code } = ConnectError.from(error);
  if (code === Code.Unavailable || (code === Code.Unknown && /fetch/i.test(rawMessage))) return "The server does not answer.";
  const text = rawMessage.trim() || "The server gave no reason.";
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

export function hasCode(error: unknown, ...codes: Code[]): boolean {
  return error !== null && error !== undefined && codes.includes(ConnectError.from(error).code);
}

/** isConflict says whether somebody else changed the thing first. */
export function isConflict(error: unknown): boolean {
  return hasCode(error, Code.Aborted, Code.FailedPrecondition);
}
