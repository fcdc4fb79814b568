/* armour.c - Remove the armour of OpenPGP data.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "armour.h"


/* Binary data begins with a packet tag, whose highest bit is set (RFC 4880,
   section 4.2).  */
gpg_error_t
armour_strip (const char *title, void *data, size_t len, size_t *r_len)
{
  gpgrt_b64state_t state;
  gpg_error_t err, err2;

  *r_len = len;
  if (!len || (*(unsigned char *)data & 0x80))
    return 0;
  state = gpgrt_b64dec_start (title);
  if (!state)
    return gpg_error_from_syserror ();
  err = gpgrt_b64dec_proc (state, data, len, r_len);
  if (gpg_err_code (err) == GPG_ERR_EOF)
    err = 0;                    /* The END line was seen.  */
  err2 = gpgrt_b64dec_finish (state);
  return err ? err : err2;
}
