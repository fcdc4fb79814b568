/* check-server.c - postern-keys check: the server's key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clients encrypt to the newest encryption subkey in their copy of the
 * server's key, unseal knows those of server.conf, and the agent holds their
 * private halves: nothing else compares the three.  */

#include "check.h"

#include <stdlib.h>
#include "../../common/base/encode.h"
#include "../../common/pgp/pgp.h"
#include "../text.h"

#define DEADLINE_MS 60000       /* For one run of gpg.  */


/* The packet of the subkey FPR in base64, to be freed; NULL: none.  */
static char *
subkey_text (pgp_t root, const char *primary, const char *fpr)
{
  unsigned char *body;
  char *text = NULL;
  size_t len;

  if (!pgp_subkey_packet (root, primary, fpr, &body, &len))
    encode_base64 (body, len, &text);
  free (body);
  return text;
}


static void
check_encryption_keys (struct check *check, pgp_t root, pgp_key_t key)
{
  char *path = gpgrt_bsprintf ("%s/server.conf", check->config->dir);
  char *text = subkey_text (root, key->fpr, key->encrypt_fpr);

  if (path && text && !check->config->n_encryption_keys)
    check_say (check, "no-encryption-keys", path, "add the line"
               " \"encryption-keys = {'%s'}\"", text);
  gpgrt_free (path);
  free (text);
}


void
check_server_key (struct check *check)
{
  char *home = config_state_path (check->config, "root");
  const char *fpr = check->config->server_fpr;
  char date[TEXT_TIMELEN];
  pgp_t root = NULL;
  pgp_key_t key = NULL;

  if (!home || pgp_new (PGP_SERVER, home, DEADLINE_MS, &root)
      || pgp_key_find (root, fpr, false, &key))
    check_say (check, "server-key", fpr, "the server's key is not in %s",
               home ? home : "its home");
  else if (key->revoked || key->expired)
    check_say (check, "server-key", fpr, "the server's key %s",
               key->revoked ? "is revoked" : "has expired");
  else if (check_is_near (check, key->expires))
    check_say (check, "server-key", fpr, "the server's key expires on %s",
               text_date (key->expires, date));
  if (key)
    check_encryption_keys (check, root, key);
  pgp_key_release (key);
  pgp_release (root);
  free (home);
}
