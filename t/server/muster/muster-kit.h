/* muster-kit.h - Muster a real keyring and read what came of it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program, beside pgp-homes.h, whose home "v"
 * is the roster's.
 *
 *   put_in         Take a key of the people's into "v" with plain gpg, whatever
 *                  it is like.
 *   read_snapshot  Seal and open a snapshot, for a configuration in which each
 *                  key of "v" is somebody's.
 *   judge          What the snapshot says of a key at a time.  */

#ifndef POSTERN_TEST_MUSTER_KIT_H
#define POSTERN_TEST_MUSTER_KIT_H

#include "../../../server/muster/muster.h"

#include <sys/mman.h>
#include <time.h>
#include "../../../server/snapshot/snapshot.h"
#include "../../common/pgp/pgp-homes.h"
#include "../config/config-dir.h"

static snapshot_t snapshot;
static struct snapshot_signer who;

static inline void
put_in (const char *uid)
{
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", uid, NULL), 0);
  ck_assert_int_eq (gpg ("v", "--no-options", "--ignore-time-conflict",
                         "--import", at ("k"), NULL), 0);
}

/* Make a key for UID, put it into "v", and tell its fingerprint.  */
static inline const char *
make_person (const char *uid, const char *usage, const char *expire,
             const char *option, const char *value)
{
  static char fpr[4][NETSPEC_FPRLEN + 1];
  static unsigned int turn;
  char *its = fpr[turn++ % 4];

  make_key (uid, "ed25519", usage, expire, option, value);
  find_fpr ("a", uid, its);
  put_in (its);
  return its;
}

/* The fingerprint of subkey N (from 1) of the people's key PATTERN.  */
static inline const char *
subkey_of (const char *pattern, unsigned int n)
{
  static char fpr[4][NETSPEC_FPRLEN + 1];
  static unsigned int turn;
  char *its = fpr[turn++ % 4];
  pgp_t pgp = open_home (PGP_PERSON, "a", 0);
  pgp_key_t key;

  ck_assert_uint_eq (pgp_key_find (pgp, pattern, false, &key), 0);
  ck_assert_uint_ge (key->n_subkeys, n);
  memcpy (its, key->subkey[n - 1].fpr, NETSPEC_FPRLEN + 1);
  pgp_key_release (key);
  pgp_release (pgp);
  return its;
}

static inline int
new_memfd (void)
{
  int fd = memfd_create ("snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  ck_assert_int_ge (fd, 0);
  return fd;
}

static void
write_roster (const struct keyring *keyring)
{
  char *text = NULL;
  size_t size = 0, i;
  FILE *fp = open_memstream (&text, &size);

  ck_assert_ptr_nonnull (fp);
  for (i = 0; i < keyring->n_sorted; i++)
    fprintf (fp, "user p%zu {\n  key = '%s'\n  groups = {'ops'}\n}\n", i,
             keyring->sorted[i]->fpr);
  fprintf (fp, "rule ssh {\n  groups = {'ops'}\n  ports = {'tcp/22'}\n}\n");
  fclose (fp);
  put ("access.conf", text);
  free (text);
  accepted ();
}

static inline void
read_snapshot (int fd)
{
  struct keyring keyring;

  snapshot_close (snapshot);
  ck_assert_uint_eq (keyring_read (at ("v"), &keyring), 0);
  write_roster (&keyring);
  keyring_release (&keyring);
  ck_assert_int_eq (fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK
                           | F_SEAL_GROW | F_SEAL_WRITE), 0);
  ck_assert_uint_eq (snapshot_open (fd, config, &snapshot), 0);
}

static inline gpg_err_code_t
judge_at (const char *fpr, uint64_t now)
{
  unsigned char raw[OPENPGP_FPRLEN];
  const struct openpgp_key *key;
  gpg_error_t err;

  ck_assert_uint_eq (openpgp_fpr_parse (fpr, raw), 0);
  err = snapshot_find (snapshot, raw, &key, &who);
  if (!err)
    err = snapshot_judge (snapshot, raw, now);
  return gpg_err_code (err);
}

static inline gpg_err_code_t
judge (const char *fpr)
{
  return judge_at (fpr, (uint64_t)time (NULL));
}

static inline void
setup_muster (void)
{
  setup ();
  setup_dir ();
}

static inline void
teardown_muster (void)
{
  snapshot_close (snapshot);
  snapshot = NULL;
  teardown_dir ();
  teardown ();
}

#endif /*POSTERN_TEST_MUSTER_KIT_H*/
