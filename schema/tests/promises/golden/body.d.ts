// The parameters of the entry function, for scripts that are its body.
/** The world. */
declare const world: World;
/** This app. */
declare const app: App;
/** Fetches a page; given up when the app is rebuilt, `undefined` if the network fails. */
declare const fetch: (url: string, options?: object) => Promise<Response | undefined>;
/** What was set for this app. */
declare const props: Props;
/** Calls back later, unless the app is rebuilt before. It cannot be cancelled. */
declare const setTimeout: (callback: () => void, ms: number) => number;
/** Another name of `props`, in scripts of the old form. */
declare const config: Props;
/** An object of this module's own, in scripts of the old form. */
declare const shared: any;
