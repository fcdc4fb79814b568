/* unseal.c - The worker that has requests decrypted.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg-agent holds the secret subkey; this process asks it for one operation at
 * a time, over a connection that posternd makes, and opens the data with what
 * it answers.  It must never look at what comes out: who signed it and what it
 * asks is for other roles.  */

#include "../role/mains.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../../common/pgp/openpgp/agent-link.h"
#include "../../common/pgp/openpgp/openpgp-unwrap.h"
#include "../../common/wire/framing.h"
#include "worker.h"

static const char agent_name[] = "gpg-agent";

struct unseal
{
  struct openpgp_key key[CONFIG_MAX_ENCRYPTION_KEYS];
  size_t n_keys;
  agent_link_t link;            /* NULL: lost, or not made yet.  */
  bool answered;                /* posternd has answered CONNECT.  */
  int fd;                       /* With this; -1: it could not.  */
};


/* The connection to the agent.  */

static gpg_error_t
take_connected (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct unseal *unseal = worker->own;

  if (unseal->answered)
    {
      if (msg->fd >= 0)
        close (msg->fd);
      return gpg_error (GPG_ERR_UNEXPECTED_MSG);
    }
  unseal->answered = true;
  unseal->fd = msg->fd;
  return 0;
}

/* Ask posternd for a connection, and wait for the answer, which it gives at
   once.  */
static gpg_error_t
ask_for_connection (struct worker *worker)
{
  struct unseal *unseal = worker->own;
  gpg_error_t err;

  unseal->answered = false;
  unseal->fd = -1;
  err = message_send (ROLE_FD_PARENT, PACKET_CONNECT, 0, NULL, 0);
  while (!err && !unseal->answered)
    {
      err = worker_hear_parent (worker);
      if (gpg_err_code (err) == GPG_ERR_EINTR && !role_stopping ())
        err = 0;
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  return err;
}

static void
lose_link (struct unseal *unseal)
{
  agent_link_close (unseal->link);
  unseal->link = NULL;
}

/* GPG_ERR_NO_AGENT if there is no connection to be had; any other error ends
   the role.  */
static gpg_error_t
connect_link (struct worker *worker)
{
  struct unseal *unseal = worker->own;
  gpg_error_t err;

  lose_link (unseal);
  err = ask_for_connection (worker);
  if (err)
    {
      worker_note (worker, err);
      return err;
    }
  if (unseal->fd < 0)
    return gpg_error (GPG_ERR_NO_AGENT);
  return agent_link_open (unseal->fd, &unseal->link);
}


static gpg_error_t
unwrap_once (struct worker *worker, const struct packet_sealed *sealed,
             unsigned char *blob, size_t *r_len)
{
  struct unseal *unseal = worker->own;
  gpg_error_t err = unseal->link ? 0 : connect_link (worker);

  if (!err)
    err = openpgp_unwrap (unseal->key, unseal->n_keys, agent_link_decrypt,
                          unseal->link, sealed->message, sealed->message_len,
                          blob, PACKET_BLOBLEN, r_len);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT
      || gpg_err_code (err) == GPG_ERR_NO_AGENT)
    lose_link (unseal);
  return err;
}

/* An agent that has ended takes the connection with it, which shows only when
   it is used: then the next one is tried at once.  */
static gpg_error_t
unwrap_message (struct worker *worker, const struct packet_sealed *sealed,
                unsigned char *blob, size_t *r_len)
{
  struct unseal *unseal = worker->own;
  bool old = unseal->link != NULL;
  gpg_error_t err = unwrap_once (worker, sealed, blob, r_len);

  if (gpg_err_code (err) == GPG_ERR_NO_AGENT && old)
    err = unwrap_once (worker, sealed, blob, r_len);
  return err;
}


static void
unwrap_sealed (struct worker *worker, uint64_t id,
               const struct packet_sealed *sealed, unsigned char *blob,
               size_t *r_len)
{
  enum refusal refusal;
  enum framing_flaw flaw;
  gpg_error_t err;

  *r_len = 0;
  if (framing_check_outer (sealed->message, sealed->message_len, &flaw))
    {
      worker_refuse (worker, id, &sealed->origin, NULL,
                     REFUSAL_OUTER_FRAMING + flaw);
      return;
    }
  err = unwrap_message (worker, sealed, blob, r_len);
  if (!err && !*r_len)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (!err)
    {
      worker_worked (worker, agent_name);
      return;
    }
  *r_len = 0;
  refusal = worker_refusal_of_unseal (err);
  if (refusal_is_broken (refusal))
    worker_failed (worker, agent_name, err);
  worker_refuse (worker, id, &sealed->origin, NULL, refusal);
}

static gpg_error_t
take_sealed (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  unsigned char blob[PACKET_BLOBLEN];
  struct packet_sealed sealed;
  struct packet_signed out;
  gpg_error_t err;

  err = packet_read_sealed (msg, &sealed);
  if (err)
    return err;
  unwrap_sealed (worker, msg->id, &sealed, blob, &out.blob_len);
  if (out.blob_len)
    {
      out.origin = sealed.origin;
      out.blob = blob;
      out.attachment = sealed.attachment;
      out.attachment_len = sealed.attachment_len;
      worker_note (worker, packet_send_signed (ROLE_FD_DOWNSTREAM, msg->id,
                                               &out));
    }
  secret_wipe (blob, sizeof blob);      /* It holds the one-time key.  */
  return 0;
}


/* Read the keys of the configuration.  */
static gpg_error_t
read_keys (struct worker *worker)
{
  struct unseal *unseal = worker->own;
  config_t config = worker->role.config;
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < config->n_encryption_keys; i++)
    err = openpgp_key_read (config->encryption_key[i].data,
                            config->encryption_key[i].len, unseal->key + i);
  unseal->n_keys = i;
  if (err)
    log_error ("%s/server.conf: 'encryption-keys' has a key that cannot be"
               " used: %s; run 'postern-keys check'", config->dir,
               gpg_strerror (err));
  else if (!i)
    log_error ("%s/server.conf has no 'encryption-keys'; 'postern-keys init'"
               " writes them", config->dir);
  return err || i ? err : gpg_error (GPG_ERR_NO_PUBKEY);
}

/* A connection now spares the first request the wait.  Without one the role is
   ready all the same: it asks again for each request.  */
static gpg_error_t
prepare_unseal (struct worker *worker)
{
  gpg_error_t err = read_keys (worker);

  if (err)
    return err;
  err = connect_link (worker);
  if (err && !worker->trouble)
    worker_failed (worker, agent_name, err);
  return worker->trouble;
}


/* True if the agent's home has the file of the secret part of KEY.  */
static bool
has_secret (const char *home, const struct openpgp_key *key)
{
  unsigned char grip[OPENPGP_GRIPLEN];
  char hex[2 * OPENPGP_GRIPLEN + 1];
  struct stat st;
  char *path;
  bool has;
  size_t i;

  if (openpgp_key_grip (key, grip))
    return false;
  for (i = 0; i < sizeof grip; i++)
    snprintf (hex + 2 * i, 3, "%02X", grip[i]);
  if (asprintf (&path, "%s/private-keys-v1.d/%s.key", home, hex) < 0)
    return false;
  has = !lstat (path, &st) && S_ISREG (st.st_mode);
  free (path);
  return has;
}

/* For --check: whether the agent can decrypt what is encrypted to the keys of
   the configuration.  */
static int
look_at_agent_home (struct worker *worker)
{
  struct unseal *unseal = worker->own;
  config_t config = worker->role.config;
  char fpr[2 * OPENPGP_FPRLEN + 1];
  char *home = config_state_path (config, "agent");
  int code = home && !read_keys (worker) ? ROLE_EXIT_STOP : ROLE_EXIT_CONFIG;
  size_t i;

  for (i = 0; code == ROLE_EXIT_STOP && i < unseal->n_keys; i++)
    if (!has_secret (home, unseal->key + i))
      {
        openpgp_fpr_print (unseal->key[i].fpr, fpr);
        log_error ("%s: it does not have the secret of the server's subkey %s;"
                   " check that 'encryption-keys' in %s/server.conf, which"
                   " 'postern-keys init' wrote, is of this server", home, fpr,
                   config->dir);
        code = ROLE_EXIT_CONFIG;
      }
  free (home);
  return code;
}

int
unseal_main (int argc, char **argv)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (SEALED, FROM_CAPTURE, take_sealed),
      PACKET_RULE (REFUSED, FROM_CAPTURE, worker_pass_refused),
      PACKET_RULE (COUNTS, FROM_CAPTURE, worker_pass_counts)
    };
  static const struct packet_rule parents[] =
    {
      ROLE_RULE_PING,
      PACKET_RULE_FD (CONNECTED, FROM_PARENT, take_connected)
    };
  struct unseal unseal = { .answered = true, .fd = -1 };
  struct worker worker =
    { .name = "unseal", .user = ROLE_USER_UNSEAL, .from = FROM_CAPTURE,
      .table = table, .n_table = sizeof table / sizeof *table,
      .parents = parents, .n_parents = sizeof parents / sizeof *parents,
      .prepare = prepare_unseal, .look = look_at_agent_home,
      .own = &unseal };
  int code = worker_main (&worker, argc, argv);

  agent_link_close (unseal.link);
  return code;
}
