/* vouch-file.c - One check against a password file.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The entry is read and the file closed before the attachment, which somebody
 * else wrote, is opened: whoever takes over this process finds no more than
 * one hash.  */

#include "../role/mains.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "account.h"
#include "vouch-child.h"

/* For memory, the channel and the log.  */
static const char *const syscalls[] =
  {
    "read", "write", "writev", "sendmsg", "sendto", "recvfrom", "close",
    "fstat", "newfstatat", "brk", "mmap", "munmap", "mremap", "madvise",
    "mprotect", "mlock", "mlock2", "munlock", "futex", "clock_gettime",
    "gettimeofday", "time", "getrandom", "rt_sigprocmask", "rt_sigaction",
    "getpid", "gettid", "tgkill", "ppoll", "exit"
  };


/* Read the entry and close the file.  */
static gpg_error_t
read_account (const struct packet_check *check, struct account *account)
{
  char *message = NULL;
  gpg_error_t err;

  if (check->kind == CONFIG_REQUIRE_CRYPT)
    err = account_read_passwd (CHILD_FD_FILE, check->account, account,
                               &message);
  else
    err = account_read_shadow (CHILD_FD_FILE, check->account, time (NULL),
                               account);
  close (CHILD_FD_FILE);
  if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  return err;
}


static enum refusal
check_password (const struct packet_check *check,
                const struct account *account)
{
  credential_t credential = NULL;
  const char *password;
  enum refusal refusal;

  refusal = child_open (check, &credential, &password);
  if (!refusal)
    refusal = child_trying () ? REFUSAL_VOUCH_FAILED
      : account_check (account, password);
  credential_release (credential);
  return refusal;
}


static gpg_error_t
take_file_check (void *hook, const struct message *msg)
{
  struct account *account = secret_alloc (sizeof *account);
  enum refusal refusal = REFUSAL_VOUCH_FAILED;
  struct packet_check check;
  gpg_error_t err = packet_read_check (msg, &check);

  if (err || check.kind == CONFIG_REQUIRE_LDAP || !account)
    return err ? err : gpg_error (GPG_ERR_INV_VALUE);
  if (!read_account (&check, account)
      && !child_confine (NULL, 0, syscalls,
                         sizeof syscalls / sizeof *syscalls))
    refusal = check_password (&check, account);
  secret_wipe (&check, sizeof check);
  secret_release (account);
  *(bool *)hook = true;
  return child_verdict (refusal);
}


int
vouch_file_main (int argc, char **argv)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (CHECK, FROM_VOUCH, take_file_check) };
  bool done = false;

  (void)argc;
  (void)argv;
  child_start ("vouch-file");
  return child_serve (table, 1, &done, &done);
}
