/** A process of tests: runs the commands that it is sent, as cli/index.ts does, without a start of Node for each. */
import { main } from '../../cli/main.js';

process.on('message', async ({ args, cwd }: { readonly args: readonly string[]; readonly cwd: string }) => {
  process.chdir(cwd);
  process.send!(await main(args));
});
process.on('disconnect', () => process.exit());
