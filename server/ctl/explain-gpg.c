/* explain-gpg.c - What gpg says of the same packets.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Postern reads OpenPGP itself on a packet's path.  Here gpg reads it too, so
 * that an administrator sees where the two differ.  gpg parses what strangers
 * sent: it runs as a user that owns nothing but a home for this run, and can
 * reach no network and no other file.  */

#include "explain.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../../common/pgp/pgp.h"
#include "../../common/wire/framing.h"
#include "../ipc/packets.h"
#include "../role/confine.h"
#include "../role/role.h"
#include "../worker/worker.h"

#define DEADLINE_MS 20000       /* For one run of gpg.  */

struct opinion
{
  pgp_t opener, verifier;       /* gpg's own home; the roster's keyring.  */
  int out;
  bool done;
};


static gpg_error_t
confine_opinion (const char *gpg_home, const char *roster)
{
  static const struct confine_limits limits =
    { .files = 64, .processes = 512, .file_size = 1 << 20,
      .memory = 1 << 30 };
  const char *write[] = { "/dev/null", gpg_home };
  const char *read[] =
    { roster, "/usr", "/bin", "/lib", "/lib32", "/lib64", "/proc",
      "/dev/urandom", "/dev/random", "/etc/ld.so.cache",
      "/etc/ld.so.preload", "/etc/gcrypt", "/etc/nsswitch.conf",
      "/etc/passwd", "/etc/group", "/etc/localtime" };
  gpg_error_t err = confine_limits (&limits);

  if (!err)
    err = confine_network ();
  if (!err)
    err = confine_hide ("/run/user");
  if (gpg_err_code (err) == GPG_ERR_EPERM)
    err = 0;                    /* Not in every container: then it is for the
                                   user and Landlock.  */
  if (!err)
    err = confine_user (ROLE_USER_MUSTER, 0);
  if (!err)
    err = confine_folders (write, sizeof write / sizeof *write, read,
                           sizeof read / sizeof *read);
  if (gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    err = 0;
  if (!err && prctl (PR_SET_DUMPABLE, 0))
    err = gpg_error_from_syserror ();
  return err;
}


/* gpg's word on the LEN bytes at BLOB, and whose key it names.  */
static enum refusal
verify_by_gpg (struct opinion *opinion, const unsigned char *blob, size_t len,
               char *primary)
{
  unsigned char text[REQUEST_MAXLEN];
  struct pgp_signer signer;
  enum framing_flaw flaw;
  const char *why;
  size_t text_len;
  gpg_error_t err;

  if (framing_check_inner (blob, len, PACKET_BLOBLEN, REQUEST_MAXLEN, 1,
                           &flaw))
    return REFUSAL_INNER_FRAMING + flaw;
  err = pgp_verify (opinion->verifier, blob, len, 1, &signer, text,
                    sizeof text, &text_len, &why);
  secret_wipe (text, sizeof text);
  if (!err)
    memcpy (primary, signer.primary, sizeof signer.primary);
  return worker_refusal_of_verify (err);
}


static enum refusal
open_by_gpg (struct opinion *opinion, const struct packet_sealed *sealed,
             char *primary)
{
  unsigned char blob[PACKET_BLOBLEN];
  enum framing_flaw flaw;
  enum refusal refusal;
  gpg_error_t err;
  size_t len;

  if (framing_check_outer (sealed->message, sealed->message_len, &flaw))
    return REFUSAL_OUTER_FRAMING + flaw;
  err = pgp_unwrap (opinion->opener, sealed->message, sealed->message_len,
                    blob, sizeof blob, &len);
  if (!err && !len)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  refusal = worker_refusal_of_unseal (err);
  if (!refusal)
    refusal = verify_by_gpg (opinion, blob, len, primary);
  secret_wipe (blob, sizeof blob);
  return refusal;
}


static gpg_error_t
give_opinion (void *hook, const struct message *msg)
{
  struct opinion *opinion = hook;
  struct packet_sealed sealed;
  struct packet_rechecked answer;
  gpg_error_t err = packet_read_sealed (msg, &sealed);

  if (err)
    return err;
  memset (&answer, 0, sizeof answer);
  answer.refusal = (uint16_t)open_by_gpg (opinion, &sealed, answer.primary);
  return packet_send_rechecked (opinion->out, msg->id, &answer);
}


static gpg_error_t
end_opinions (void *hook, const struct message *msg)
{
  struct opinion *opinion = hook;

  (void)msg;
  opinion->done = true;
  return 0;
}


static gpg_error_t
open_homes (struct opinion *opinion, const char *gpg_home, const char *roster)
{
  gpg_error_t err = pgp_init ();

  if (!err)
    err = pgp_new (PGP_SERVER, gpg_home, DEADLINE_MS, &opinion->opener);
  if (!err)
    err = pgp_new (PGP_SERVER, roster, DEADLINE_MS, &opinion->verifier);
  return err;
}


static gpg_error_t
give_opinions (struct opinion *opinion, int in)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (SEALED, FROM_CAPTURE, give_opinion),
      PACKET_RULE (COUNTS, FROM_CAPTURE, end_opinions)
    };
  struct pollfd fd = { in, POLLIN, 0 };
  gpg_error_t err = 0;

  while (!err && !opinion->done)
    {
      poll (&fd, 1, -1);
      err = packet_dispatch (in, FROM_CAPTURE, table,
                             sizeof table / sizeof *table, opinion);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  return err;
}


gpg_error_t
explain_gpg (config_t config, const char *gpg_home, int in, int out)
{
  gpg_error_t err;
  struct opinion opinion = { .out = out };
  char *roster = config_state_path (config, "muster");

  err = roster ? confine_opinion (gpg_home, roster)
    : gpg_error_from_syserror ();
  if (!err)
    err = open_homes (&opinion, gpg_home, roster);
  if (!err)
    err = give_opinions (&opinion, in);
  pgp_release (opinion.opener);
  pgp_release (opinion.verifier);
  free (roster);
  return err;
}
