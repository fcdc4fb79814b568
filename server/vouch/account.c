/* account.c - One account of a password file, and its password.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A password that cannot be right is hashed all the same, so that the time
 * does not tell why: with the parameters of the account's own hash, or if it
 * has none, with those of the first hash in the file.  */

#include "account.h"

#include <crypt.h>
#include <errno.h>
#include <shadow.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../common/base/secret.h"

#define DAY 86400
#define LINELEN 2048            /* Longest line of shadow(5).  */

/* For a file without any hash: yescrypt with the usual cost.  */
#define SOME_SETTING "$y$j9T$bXl5HSzFVxDTsxC2IVVve1$"

struct search
{
  const char *name;
  struct account *account;
  bool found;
};


static void
keep_hash (struct account *account, const char *hash)
{
  snprintf (account->hash, sizeof account->hash, "%s", hash);
}


static void
lock_account (struct account *account)
{
  memset (account, 0, sizeof *account);
  account->refusal = REFUSAL_ACCOUNT_UNKNOWN;
}


static void
unlock_account (struct account *account)
{
  if (!*account->hash)
    keep_hash (account, SOME_SETTING);
}


static gpg_error_t
note_passwd_entry (void *hook, const struct passwd_entry *entry)
{
  struct search *search = hook;
  bool same = !strcmp (entry->name, search->name);

  if (!search->found && (same || !*search->account->hash))
    keep_hash (search->account, entry->hash);
  if (same)
    {
      search->account->refusal = REFUSAL_NONE;
      search->found = true;
    }
  return 0;
}


gpg_error_t
account_read_passwd (int fd, const char *name, struct account *account,
                     char **r_message)
{
  struct search search = { name, account, false };
  gpg_error_t err;

  lock_account (account);
  err = passwd_walk (fd, PASSWD_FILE, note_passwd_entry, &search, r_message);
  unlock_account (account);
  return err;
}


/* The hash in FIELD, also if signs before it lock the account; NULL if there
   is none.  */
static const char *
hash_in (const char *field)
{
  field += strspn (field, "!*");
  return *field && strlen (field) <= PASSWD_HASHLEN
         && crypt_checksalt (field) != CRYPT_SALT_INVALID ? field : NULL;
}


/* By the rules of pam_unix; -1 means "not set" everywhere.  */
static enum refusal
judge_times (const struct spwd *sp, time_t now)
{
  long today = (long)(now / DAY);

  if (sp->sp_expire != -1 && today >= sp->sp_expire)
    return REFUSAL_ACCOUNT_EXPIRED;
  if (!sp->sp_lstchg)
    return REFUSAL_PASSWORD_EXPIRED;    /* It must be changed at once.  */
  if (sp->sp_lstchg > 0 && sp->sp_max >= 0 && today >= sp->sp_lstchg
      && today - sp->sp_lstchg > sp->sp_max)
    return REFUSAL_PASSWORD_EXPIRED;
  return REFUSAL_NONE;
}


static enum refusal
judge_entry (const struct spwd *sp, time_t now)
{
  const char *field = sp->sp_pwdp ? sp->sp_pwdp : "";

  if (!*field)
    return REFUSAL_PASSWORD_NONE;
  if (hash_in (field) != field)
    return REFUSAL_ACCOUNT_LOCKED;
  return judge_times (sp, now);
}


static void
take_shadow (struct search *search, const struct spwd *sp, time_t now)
{
  const char *hash = sp->sp_pwdp ? hash_in (sp->sp_pwdp) : NULL;
  bool same = !strcmp (sp->sp_namp, search->name);

  if (hash && (same || !*search->account->hash))
    keep_hash (search->account, hash);
  if (same)
    {
      search->account->refusal = judge_entry (sp, now);
      search->found = true;
    }
}


/* As in getspnam, the first entry of a name counts, and malformed lines are
   skipped.  */
static gpg_error_t
walk_shadow (FILE *fp, struct search *search, time_t now, char *line)
{
  struct spwd sp, *got;
  int rc;

  while (!search->found)
    {
      rc = fgetspent_r (fp, &sp, line, LINELEN, &got);
      if (rc == ENOENT)         /* The end of the file.  */
        break;
      if (rc)
        return gpg_error_from_errno (rc);
      take_shadow (search, &sp, now);
    }
  return ferror (fp) ? gpg_error (GPG_ERR_EIO) : 0;
}


gpg_error_t
account_read_shadow (int fd, const char *name, time_t now,
                     struct account *account)
{
  struct search search = { name, account, false };
  gpg_error_t err = 0;
  char *line = secret_alloc (LINELEN);
  char *buf = secret_alloc (BUFSIZ);
  int copy = dup (fd);
  FILE *fp = copy < 0 ? NULL : fdopen (copy, "r");

  lock_account (account);
  if (!line || !buf || !fp || setvbuf (fp, buf, _IOFBF, BUFSIZ))
    err = gpg_error_from_syserror ();
  else
    err = walk_shadow (fp, &search, now, line);
  if (fp)
    fclose (fp);
  else if (copy >= 0)
    close (copy);
  secret_release (buf);
  secret_release (line);
  unlock_account (account);
  return err;
}


enum refusal
account_check (const struct account *account, const char *password)
{
  static struct crypt_data data;
  enum refusal refusal = account->refusal;
  const char *hash;
  bool right;

  mlock (&data, sizeof data);   /* If that fails, it is wiped below.  */
  errno = 0;
  hash = crypt_rn (password, account->hash, &data, (int)sizeof data);
  right = hash && strlen (hash) == strlen (account->hash)
          && secret_equal (hash, account->hash, strlen (hash));
  if (!refusal && !hash && errno == ENOMEM)
    refusal = REFUSAL_VOUCH_FAILED;
  if (!refusal && !right)
    refusal = REFUSAL_CREDENTIAL_WRONG;
  secret_wipe (&data, sizeof data);
  return refusal;
}
