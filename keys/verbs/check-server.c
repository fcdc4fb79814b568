/* check-server.c - postern-keys check: the server's key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clients encrypt to the newest encryption subkey in their copy of the
 * server's key, unseal knows those of server.conf, and the agent holds their
 * private halves: nothing else compares the three.  */

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/pgp/openpgp/openpgp-key.h"
#include "../../common/pgp/pgp.h"
#include "../../server/role/role.h"
#include "../text.h"

#define DEADLINE_MS 60000       /* For one run of gpg.  */
#define GRIPLEN (2 * OPENPGP_GRIPLEN)
#define ADD "gpg --homedir %s/root --quick-add-key %s cv25519 encr"

struct server
{
  struct check *check;
  config_t config;
  pgp_t root;
  pgp_key_t key;
  char *file;                   /* server.conf.  */
  /* The subkeys that encryption-keys has, without those that must go.  */
  size_t n;
  struct
  {
    const struct pgp_subkey *sub;
    const char *text;
    char grip[GRIPLEN + 1];     /* The agent's name for it.  */
  } item[CONFIG_MAX_ENCRYPTION_KEYS];
};


static const struct pgp_subkey *
find_server_subkey (pgp_key_t key, const char *fpr)
{
  unsigned int i;

  for (i = 0; i < key->n_subkeys; i++)
    if (!strcmp (key->subkey[i].fpr, fpr))
      return key->subkey + i;
  return NULL;
}


static const char unread[] = "has an algorithm that posternd does not read";

/* Why SUB must not be among the encryption keys; NULL if it may.  */
static const char *
server_subkey_flaw (const struct pgp_subkey *sub)
{
  return sub->revoked ? "is revoked"
    : sub->expired ? "has expired"
    : !sub->can_encrypt ? "is not for encryption"
    : sub->also_signs ? "may also sign or authenticate, so that whoever"
      " takes over what decrypts could sign with it"
    : !sub->known ? unread : NULL;
}


/* Add SUB, whose packet PACKET is.  False if unseal cannot read that.  */
static bool
add_item (struct server *server, const struct pgp_subkey *sub,
          const struct config_packet *packet)
{
  unsigned char grip[OPENPGP_GRIPLEN];
  struct openpgp_key key;
  size_t i;

  if (openpgp_key_read (packet->data, packet->len, &key)
      || openpgp_key_grip (&key, grip))
    return false;
  for (i = 0; i < OPENPGP_GRIPLEN; i++)
    gpgrt_snprintf (server->item[server->n].grip + 2 * i, 3, "%02X", grip[i]);
  server->item[server->n].sub = sub;
  server->item[server->n++].text = packet->text;
  return true;
}


/* Item I of encryption-keys.  */
static void
check_item (struct server *server, size_t i)
{
  const struct config_packet *packet = server->config->encryption_key + i;
  char fpr[NETSPEC_FPRLEN + 1];
  const struct pgp_subkey *sub
    = pgp_packet_fpr (packet->data, packet->len, fpr) ? NULL
    : find_server_subkey (server->key, fpr);
  const char *flaw = sub ? server_subkey_flaw (sub) : NULL;

  if (sub && !flaw && !add_item (server, sub, packet))
    flaw = unread;
  if (!sub)
    check_say (server->check, "encryption-keys", server->file, "item %zu of"
               " encryption-keys is not a subkey of the server's key in"
               " %s/root; remove it", i + 1, server->config->state);
  else if (flaw)
    check_say (server->check, "encryption-keys", server->file, "item %zu of"
               " encryption-keys, the subkey %s, %s; remove it", i + 1, fpr,
               flaw);
}


/* The packet of the subkey FPR in base64, to be freed; NULL: none.  */
static char *
subkey_text (const struct server *server, const char *fpr)
{
  unsigned char *body;
  char *text = NULL;
  size_t len;

  if (!pgp_subkey_packet (server->root, server->key->fpr, fpr, &body, &len))
    encode_base64 (body, len, &text);
  free (body);
  return text;
}


/* Say the line that encryption-keys should be: the subkey FPR, and of those
   that are there as many as may be.  */
static void
say_line (struct server *server, const char *fpr)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  char *first = subkey_text (server, fpr);
  void *line = NULL;
  size_t i;

  if (fp && first)
    {
      gpgrt_fprintf (fp, "encryption-keys = {'%s'", first);
      for (i = 0; i < server->n && i + 1 < CONFIG_MAX_ENCRYPTION_KEYS; i++)
        gpgrt_fprintf (fp, ", '%s'", server->item[i].text);
      gpgrt_fputs ("}", fp);
      gpgrt_fputc (0, fp);
    }
  if (!fp || gpgrt_fclose_snatch (fp, &line, NULL))
    line = NULL;
  if (line && first && !server->config->n_encryption_keys)
    check_say (server->check, "no-encryption-keys", server->file, "add the"
               " line \"%s\"", (char *)line);
  else if (line && first)
    check_say (server->check, "encryption-keys", server->file, "it lacks the"
               " subkey %s, the newest, to which clients with a new copy of"
               " the server's key encrypt; the line must be \"%s\"", fpr,
               (char *)line);
  gpgrt_free (line);
  free (first);
}


/* The subkey that clients would use.  */
static void
check_newest (struct server *server)
{
  const char *fpr = server->key->encrypt_fpr, *state = server->config->state;
  const struct pgp_subkey *sub = find_server_subkey (server->key, fpr);
  const char *flaw = sub ? server_subkey_flaw (sub) : NULL;
  char date[TEXT_TIMELEN];
  size_t i;

  if (!sub)
    check_say (server->check, "server-key", server->key->fpr, "it has no valid"
               " encryption subkey; make one with '" ADD "'", state,
               server->key->fpr);
  else if (flaw)
    check_say (server->check, "server-key", fpr, "the newest encryption subkey"
               " of the server's key, to which clients encrypt, %s; make"
               " another with '" ADD "'", flaw, state, server->key->fpr);
  else if (check_is_near (server->check, sub->expires))
    check_say (server->check, "server-key", fpr, "the server's encryption"
               " subkey expires on %s", text_date (sub->expires, date));
  for (i = 0; i < server->n && server->item[i].sub != sub; i++)
    continue;
  if (sub && !flaw && i == server->n)
    say_line (server, fpr);
}


/* True for the file of a private key as gpg-agent names it.  */
static bool
is_private_key (const char *name)
{
  return strspn (name, "0123456789ABCDEF") == GRIPLEN
    && !strcmp (name + GRIPLEN, ".key");
}


/* NAME is in the agent's folder PATH; mark whose it is in FOUND.  */
static void
check_private_key (struct server *server, const char *path, const char *name,
                   bool *found)
{
  size_t i;

  for (i = 0; i < server->n; i++)
    if (is_private_key (name)
        && !strncmp (name, server->item[i].grip, GRIPLEN))
      {
        found[i] = true;
        return;
      }
  /* Whoever wrote there may have chosen the name.  */
  if (is_private_key (name))
    check_say (server->check, "agent-keys", path, "%s is not the private key"
               " of a subkey in encryption-keys; move it away", name);
  else
    check_say (server->check, "agent-keys", path, "it has a file that is not"
               " a private key; look with 'ls -b' and remove it");
}


/* The agent must hold the private keys of these subkeys and no other.  */
static void
check_agent_keys (struct server *server)
{
  bool found[CONFIG_MAX_ENCRYPTION_KEYS] = { false };
  const char *state = server->config->state;
  char *path = gpgrt_bsprintf ("%s/agent/private-keys-v1.d", state);
  int fd = path ? open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    : -1;
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  struct dirent *entry;
  size_t i;

  while (dir && (entry = readdir (dir)))
    if (strcmp (entry->d_name, ".") && strcmp (entry->d_name, ".."))
      check_private_key (server, path, entry->d_name, found);
  if (dir)
    closedir (dir);
  else if (fd >= 0)
    close (fd);
  for (i = 0; path && i < server->n; i++)
    if (!found[i])
      check_say (server->check, "agent-keys", path, "it lacks the private key"
                 " of the subkey %s; run 'install -o %s -g %s -m 600"
                 " %s/root/private-keys-v1.d/%s.key %s'",
                 server->item[i].sub->fpr, ROLE_USER_AGENT, ROLE_USER_AGENT,
                 state, server->item[i].grip, path);
  gpgrt_free (path);
}


static void
check_encryption_keys (struct check *check, pgp_t root, pgp_key_t key)
{
  struct server server = { .check = check, .config = check->config,
                           .root = root, .key = key };
  size_t i;

  server.file = gpgrt_bsprintf ("%s/server.conf", check->config->dir);
  if (!server.file)
    return;
  for (i = 0; i < check->config->n_encryption_keys; i++)
    check_item (&server, i);
  check_newest (&server);
  if (check->config->n_encryption_keys)
    check_agent_keys (&server);
  gpgrt_free (server.file);
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
  else
    {
      if (check_is_near (check, key->expires))
        check_say (check, "server-key", fpr, "the server's key expires on %s",
                   text_date (key->expires, date));
      check_encryption_keys (check, root, key);
    }
  pgp_key_release (key);
  pgp_release (root);
  free (home);
}
