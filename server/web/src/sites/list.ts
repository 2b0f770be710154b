import type { Api } from "../api";
import type { ListSitesResponse, Site } from "../gen/farmwatch/console/v1/sites_pb";

/** everySite fetches all pages. */
export async function everySite(api: Api, signal: AbortSignal, ask: { levels: string[]; placeKinds: string[] }): Promise<{ sites: Site[]; judgedAt: ListSitesResponse["judgedAt"] }> {
  const sites: Site[] = [];
  let judgedAt: ListSitesResponse["judgedAt"];
  let pageToken = "";
  do {
    const page = await api.sites.listSites({ ...ask, pageSize: 1000, pageToken }, { signal });
    sites.push(...page.sites);
    judgedAt = page.judgedAt;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return { sites, judgedAt };
}
