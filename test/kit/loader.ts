/** Lets a Node run our TypeScript as it stands. What the loader calls is deprecated in Node 26, which is for the loader to mend, and none of what a test looks at. */
export const LOADER: readonly string[] = ['--disable-warning=DEP0205', '--import', '@oxc-node/core/register'];
