/** Nothing in; a certificate for the loopback that signs itself, in files, out. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Its files are gone when it is disposed of. */
export interface Certificate extends Disposable {
  readonly keyFile: string
  readonly certificateFile: string
  /** Variables with which a new Node trusts it. */
  readonly env: Readonly<Record<string, string>>
}

/** undefined where the machine has no openssl to make one. */
export function createCertificate(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', '-keyout', keyFile, '-out', certificateFile, ...subject], { stdio: 'ignore' })
  } catch {
    // Not installed, or too old to know one of these.
    remove()
    return undefined
  }
  return { keyFile, certificateFile, env: { NODE_EXTRA_CA_CERTS: certificateFile }, [Symbol.dispose]: remove }
}
