import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

describe('npm start and npm run tomato, which build where that is needed', () => {
  let project: string;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'tomato-build-'));
    const folder = project;
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp('scripts', join(project, 'scripts'), { recursive: true });
    await mkdir(join(project, 'src'));
    await symlink(resolve('node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(join(project, 'package-lock.json'), '{}');
    await writeFile(join(project, 'tsconfig.json'), '{}');
    const compilerOptions = { module: 'NodeNext', rootDir: 'src', noEmitOnError: true, types: [], skipLibCheck: true };
    await writeFile(join(project, 'tsconfig.build.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  });

  const write = (text: string) => writeFile(join(project, 'src', 'main.ts'), text);

  async function run(): Promise<{ code: number | null; said: string }> {
    const child = spawn(process.execPath, ['scripts/run-built.js', 'main.js'], { cwd: project });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (said += String(text)));
    await once(child, 'close');
    return { code: child.exitCode, said };
  }

  const folders = async () => (await readdir(project)).filter((name) => name.startsWith('dist'));

  it('may be started side by side', async () => {
    await write("console.log('here');");

    const runs = await Promise.all([run(), run()]);

    expect(runs).toEqual(runs.map(() => ({ code: 0, said: expect.stringContaining('here\n') as string })));
    expect(await run()).toEqual({ code: 0, said: 'here\n' });
    expect(await folders()).toEqual(['dist']);
  });

  it('leave what was built before where the source does not compile, and nothing that a killed build has left', async () => {
    await write("console.log('before');");
    await mkdir(join(project, 'dist.999999999'));
    await run();
    expect(await folders()).toEqual(['dist']);

    await write('const count: number = "one";');
    const { code, said } = await run();

    expect(code).not.toBe(0);
    expect(said).toContain("Type 'string' is not assignable to type 'number'");
    expect(await readFile(join(project, 'dist', 'main.js'), 'utf8')).toContain('before');
    expect(await folders()).toEqual(['dist']);
  });
});
