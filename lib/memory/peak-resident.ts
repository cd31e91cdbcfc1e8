/** The most memory that this process has had resident. */
import { readFileSync } from 'node:fs';

/**
 * In bytes. Where Linux tells it is its own figure: what `resourceUsage` has begins with what the parent had resident when
 * it started this process.
 */
export function peakResident(): number {
  if (process.platform === 'linux') {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}
