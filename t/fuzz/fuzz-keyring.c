/* fuzz-keyring.c - Any bytes as the roster's keyring.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What muster makes of it is a snapshot, whatever gpg may have said.  */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../common/base/array.h"
#include "../../common/base/secret.h"
#include "../../common/pgp/openpgp/openpgp-key.h"
#include "../../common/wire/framing.h"
#include "../../server/muster/muster.h"
#include "../../server/snapshot/snapshot-parts.h"

#define NOW 1900000000u

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  (void)argc;
  (void)argv;
  if (secret_init (16384) || !freopen ("/dev/null", "w", stderr))
    abort ();
  return 0;
}


/* As if gpg had found each part of KEY good.  */
static void
judge_all (struct muster_key *key)
{
  struct pgp_judged_part *part;
  struct openpgp_key read;
  const unsigned char *body;
  size_t at = 0, len;

  while (framing_next_part (key->data, key->len, &at, &body, &len))
    {
      if (openpgp_key_read (body, len, &read))
        continue;
      if (array_grow (&key->judged.part, key->judged.n, sizeof *part))
        abort ();
      part = key->judged.part + key->judged.n++;
      openpgp_fpr_print (read.fpr, part->fpr);
      part->can_sign = true;
    }
}


static void
check_snapshot (int fd, uint32_t keys)
{
  static struct config_s nobody;
  static unsigned char buf[1 << 20];
  ssize_t n = pread (fd, buf, sizeof buf, 0);
  snapshot_t snapshot;

  if (n < 0 || n == sizeof buf
      || snapshot_read (buf, (size_t)n, &nobody, &snapshot))
    abort ();
  if (snapshot_count (snapshot) || keys > 65536)
    abort ();
  snapshot_close (snapshot);
}


static void
try_keyring (unsigned char *data, size_t size, bool keybox)
{
  struct packet_mustered result = { .changed = 1 };
  struct snapshot_basis basis = { .judged = 0 };
  struct keyring keyring = { .n = 0 };
  size_t i;
  int fd;

  if (!keyring_add (&keyring, keybox, data, size))
    {
      if (keyring_sort (&keyring) || keyring.n_sorted > keyring.n)
        abort ();
      for (i = 0; i < keyring.n; i++)
        if (keyring.key[i].data < data
            || keyring.key[i].data + keyring.key[i].len > data + size
            || (keyring.key[i].pending
                && keyring_find (&keyring, keyring.key[i].fpr)
                   != keyring.key + i))
          abort ();
        else if (keyring.key[i].pending)
          judge_all (keyring.key + i);
      fd = memfd_create ("fuzz", MFD_CLOEXEC);
      if (muster_write (fd, &keyring, NOW, &basis, &result)
          || (result.next && result.next <= NOW))
        abort ();
      check_snapshot (fd, result.keys);
      close (fd);
    }
  keyring_release (&keyring);
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned char *copy = malloc (size ? size : 1);

  if (!copy)
    abort ();
  memcpy (copy, data, size);
  try_keyring (copy, size, true);
  try_keyring (copy, size, false);
  free (copy);
  return 0;
}
