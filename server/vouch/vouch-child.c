/* vouch-child.c - What the programs that check a credential share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No attachment may be opened before the process has proved that it has no
 * privileges left.  */

#include "vouch-child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../role/confine.h"

#define SECRET_POOL 32768
#define PATIENCE 5000           /* Milliseconds to wait for an order.  */
#define MEMORY (512u << 20)     /* Bytes at most.  */


static void
give_up_check (const char *what, gpg_error_t err)
{
  log_error ("%s: %s", what, gpg_strerror (err));
  exit (EX_OSERR);
}


static bool
have_channel (void)
{
  int type = 0;
  socklen_t len = sizeof type;

  return !getsockopt (CHILD_FD_VOUCH, SOL_SOCKET, SO_TYPE, &type, &len)
         && type == SOCK_SEQPACKET;
}


/* Lock all memory, because libraries copy a password outside our pool.  Not
   if the limit is lower than all memory may need: locking would succeed, but
   hashing then fail for lack of memory.  vouch has warned of that.  */
static void
lock_all (void)
{
  struct rlimit limit;

  if (!getrlimit (RLIMIT_MEMLOCK, &limit) && limit.rlim_cur >= MEMORY
      && mlockall (MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
    log_warn ("memory cannot be locked: %s", strerror (errno));
}


void
child_start (const char *name)
{
  static const struct confine_limits limits =
    { .files = 32, .memory = MEMORY, .cpu = 30 };
  gpg_error_t err;

  prctl (PR_SET_NAME, name);    /* A program started by a descriptor is
                                   named after its number.  */
  log_init (name, 0);
  log_never_wait ();
  signal (SIGPIPE, SIG_IGN);
  if (!have_channel ())
    {
      log_error ("%s is started by vouch; see posternd(8)", name);
      exit (EX_USAGE);
    }
  err = secret_init (SECRET_POOL);
  if (!err)
    err = confine_limits (&limits);
  if (err)
    give_up_check ("cannot lock memory", err);
  lock_all ();
  err = confine_prove_bare ();
  if (err)
    give_up_check ("still has power", err);
}


int
child_serve (const struct packet_rule *table, size_t n, void *hook,
             const bool *done)
{
  struct pollfd pfd = { CHILD_FD_VOUCH, POLLIN, 0 };
  gpg_error_t err = 0;

  while (!err && !*done)
    err = poll (&pfd, 1, PATIENCE) != 1 ? gpg_error (GPG_ERR_TIMEOUT)
      : packet_dispatch (CHILD_FD_VOUCH, FROM_VOUCH, table, n, hook);
  if (err)
    log_error ("%s", gpg_strerror (err));
  return err ? EX_SOFTWARE : EX_OK;
}


gpg_error_t
child_trying (void)
{
  return message_send (CHILD_FD_VOUCH, PACKET_TRYING, 0, NULL, 0);
}


enum refusal
child_open (const struct packet_check *check, credential_t *r_credential,
            const char **r_password)
{
  gpg_error_t err;
  size_t len = 0;

  *r_password = NULL;
  err = credential_unseal (check->key, check->attachment,
                           check->attachment_len, r_credential);
  if (gpg_err_code (err) == GPG_ERR_ENOMEM)
    return REFUSAL_VOUCH_FAILED;
  if (err || credential_otp (*r_credential))
    return REFUSAL_CREDENTIAL_FORM;     /* No program here checks an OTP.  */
  *r_password = credential_password (*r_credential, &len);
  return *r_password && len && strlen (*r_password) == len
    ? REFUSAL_NONE : REFUSAL_CREDENTIAL_FORM;
}


gpg_error_t
child_confine (const char *const *paths, size_t n,
               const char *const *syscalls, size_t n_syscalls)
{
  gpg_error_t err = confine_folders (NULL, 0, paths, n);

  if (!err || gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    err = confine_syscalls (syscalls, n_syscalls);
  if (err)
    log_error ("cannot be confined: %s", gpg_strerror (err));
  return err;
}


gpg_error_t
child_verdict (enum refusal refusal)
{
  struct packet_verdict verdict = { (uint16_t)refusal };

  return packet_send_verdict (CHILD_FD_VOUCH, 0, &verdict);
}
