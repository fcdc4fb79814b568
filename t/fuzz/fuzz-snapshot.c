/* fuzz-snapshot.c - Any bytes as a snapshot of the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The configuration has two of the three people of the corpus.  */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../../common/base/file.h"
#include "../../common/base/secret.h"
#include "../../server/snapshot/snapshot-parts.h"

#define ALICE "C730F516374EE3B8689592568910699B492733C8"
#define BOB "1E53917633D378E4F4C4D131CF649D12DB103B57"
#define CAROL "48E500075877493CECD4BEC321630B98760F75F2"
#define NOW 1700000000u

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

static config_t config;


static void
write_config (const char *dir, const char *name, const char *text)
{
  char path[64];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  if (file_write (path, text, strlen (text), 0600, 0))
    abort ();
}


static void
remove_config (const char *dir)
{
  static const char *const names[] =
    { "posternd.conf", "access.conf", "users.d", "doors", "." };
  char path[64];
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    {
      snprintf (path, sizeof path, "%s/%s", dir, names[i]);
      if (remove (path))
        rmdir (dir);
    }
}


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  char dir[] = "/tmp/fuzz-snapshot-XXXXXX", path[64], *message;

  (void)argc;
  (void)argv;
  if (secret_init (16384) || !mkdtemp (dir))
    abort ();
  snprintf (path, sizeof path, "%s/users.d", dir);
  mkdir (path, 0755);
  snprintf (path, sizeof path, "%s/doors", dir);
  mkdir (path, 0700);
  write_config (dir, "posternd.conf", "host = 'web1'\nserver = '"
                "1111111111111111111111111111111111111111'\n"
                "protect = {'tcp/22'}\n");
  write_config (dir, "access.conf",
                "user alice {\n  key = '" ALICE "'\n  groups = {'ops'}\n}\n"
                "user bob {\n  key = '" BOB "'\n  groups = {'ops'}\n}\n"
                "rule ssh {\n  groups = {'ops'}\n  ports = {'tcp/22'}\n}\n");
  if (config_load (dir, &config, &message))
    abort ();
  remove_config (dir);
  return 0;
}


/* Who is found is somebody, and nobody is found for nothing.  */
static void
check_entry (snapshot_t snapshot, const struct snapshot_entry *entry)
{
  struct snapshot_signer who;
  const struct openpgp_key *key;
  gpg_error_t err = snapshot_find (snapshot, entry->key.fpr, &key, &who);

  if (!err != !!key || gpg_err_code (err) == GPG_ERR_NO_PUBKEY)
    abort ();
  if (*who.primary && !config_user_by_fpr (config, who.primary))
    abort ();
  if (!err && (!*who.primary || !who.state
               || memcmp (key->fpr, entry->key.fpr, OPENPGP_FPRLEN)))
    abort ();
  if (!err != !snapshot_judge (snapshot, entry->key.fpr, NOW) && err)
    abort ();
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned char carol[OPENPGP_FPRLEN];
  struct snapshot_signer who;
  const struct openpgp_key *key;
  snapshot_t snapshot;
  size_t i;

  if (snapshot_read (data, size, config, &snapshot))
    {
      if (snapshot)
        abort ();
      return 0;
    }
  if (snapshot_count (snapshot) > config->n_users)
    abort ();
  for (i = 0; i < snapshot->n_entries; i++)
    check_entry (snapshot, snapshot->entry + i);
  if (openpgp_fpr_parse (CAROL, carol)
      || !snapshot_find (snapshot, carol, &key, &who))
    abort ();
  snapshot_close (snapshot);
  return 0;
}
