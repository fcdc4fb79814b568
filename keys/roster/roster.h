/* roster.h - The people of a server, their keys and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A person is one file DIR/users.d/NAME.conf and one public key in the
 * roster's home STATE/muster.  Only one program changes the roster at a
 * time, and it holds the roster's lock; only a revocation does not wait for
 * that (roster-mark.c).
 *
 * Where a function takes R_MESSAGE, *R_MESSAGE is NULL, or on failure one
 * line for the person who called, to be freed with gpgrt_free; NULL on
 * failure means that the text of the error says it all.  */

#ifndef POSTERN_KEYS_ROSTER_H
#define POSTERN_KEYS_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../server/config/config.h"
#include "../../common/pgp/pgp.h"

typedef struct roster_s *roster_t;

/* Open the roster of the configuration in DIR and lock it.  */
gpg_error_t roster_open (const char *dir, roster_t *r_roster,
                         char **r_message);

/* Open it without the lock, to fetch a key or to ask somebody first: nobody
   has to wait meanwhile.  roster_lock then takes the lock and reads the
   configuration again: pointers into it become invalid, and whatever was
   checked before must be checked once more.  */
gpg_error_t roster_begin (const char *dir, roster_t *r_roster,
                          char **r_message);
gpg_error_t roster_lock (roster_t roster, char **r_message);

/* The same, waiting at most WAIT_MS: GPG_ERR_EBUSY if somebody else still
   holds the lock then.  */
gpg_error_t roster_try_lock (roster_t roster, int wait_ms, char **r_message);

/* Read the configuration again; pointers into it become invalid.  On failure
   the old one stays.  */
gpg_error_t roster_read_again (roster_t roster, char **r_message);

/* A mark says that NAME is being revoked: it exists from the first step of a
   revocation until the last.  Revoking needs no lock.  Whoever holds the lock
   writes nothing about a marked person, and calls roster_look_again after
   writing: so one of the two always sees what the other did.  A mark whose
   person is gone, left by a revocation that did not get the lock, is removed
   by whoever gets the lock next.  */
gpg_error_t roster_mark (roster_t roster, const char *name);
bool roster_is_marked (config_t config, const char *name);
gpg_error_t roster_unmark (roster_t roster, const char *name);

/* If NAME is marked, say so on behalf of VERB and return GPG_ERR_EBUSY.  */
gpg_error_t roster_refuse_marked (roster_t roster, const char *verb,
                                  const char *name);

/* If NAME is marked, take out again what was written about them, say so on
   behalf of VERB, and return GPG_ERR_EBUSY.  The caller holds the lock.  */
gpg_error_t roster_look_again (roster_t roster, const char *verb,
                               const char *name);

/* Take out the key FPR of NAME; the passwords and the file of USER.  Each
   step is tried even if one before it failed; failures are logged on behalf
   of VERB.  Returns the first error.  */
gpg_error_t roster_withdraw_key (roster_t roster, const char *verb,
                                 const char *name, const char *fpr);
gpg_error_t roster_withdraw_file (roster_t roster, const char *verb,
                                  const struct config_user *user);

/* Open it for reading only: nothing is locked, and nobody waits.  */
gpg_error_t roster_look (const char *dir, roster_t *r_roster,
                         char **r_message);
void roster_close (roster_t roster);

config_t roster_config (roster_t roster);
pgp_t roster_people (roster_t roster);  /* The home with public keys.  */

/* Whether KEY can be NAME's.  GPG_ERR_UNUSABLE_PUBKEY and *R_WHY, to be
   freed with gpgrt_free, if it cannot: it cannot sign or encrypt, has
   expired, is revoked or weak, has no algorithm that a server reads, or it or
   a part of it is already somebody else's or this server's.  Another error if
   that cannot be looked up.  */
gpg_error_t roster_objection (roster_t roster, const char *name,
                              pgp_key_t key, char **r_why);

/* Warn of a part of NAME's KEY that can sign, but not for a server.  */
void roster_warn_odd (const char *verb, const char *name, pgp_key_t key);

/* What is wrong with a KEY that is weak, to be freed with gpgrt_free.  */
char *roster_weak_text (pgp_key_t key);

/* The same, but object only to parts that are somebody else's.  */
gpg_error_t roster_share_objection (roster_t roster, const char *name,
                                    pgp_key_t key, char **r_why);

/* KEY will be NAME's: from now on roster_objection takes it into account,
   though it is not in the roster's home yet.  */
gpg_error_t roster_will_add (roster_t roster, const char *name,
                             pgp_key_t key);

struct roster_entry
{
  const char *name;
  const char *fpr;
  const char *const *groups;    /* NULL-ended.  */
  const char *door;             /* NULL: any.  */
  const char *expires;          /* As access.conf has it; NULL: never.  */
};

/* Put the key in DATA into the roster's home, stripped to what is needed; if
   it is there already, add what is new in DATA.  */
gpg_error_t roster_add_key (roster_t roster, const void *data, size_t len);

/* The same for many keys, concatenated in DATA.  gpg skips what it does not
   take for a key.  */
gpg_error_t roster_add_keys (roster_t roster, const void *data, size_t len);

/* Take the key out; it is no error if it is not there.  */
gpg_error_t roster_drop_key (roster_t roster, const char *fpr);

/* Add ENTRY to the configuration in memory, which finds whatever is wrong
   with it before anything is written.  *R_USER lasts until the next call of
   this module.  */
gpg_error_t roster_enter (roster_t roster, const struct roster_entry *entry,
                          const struct config_user **r_user,
                          char **r_message);

/* Write the file of ENTRY, which was entered: all of it or nothing.  */
gpg_error_t roster_write (roster_t roster, const struct roster_entry *entry,
                          char **r_message);

/* Find the file of a person who is in the configuration.
   GPG_ERR_UNKNOWN_NAME if nobody of that name is; GPG_ERR_CONFLICT if the
   person shares the file with others.  *R_PATH is to be freed with
   gpgrt_free.  */
gpg_error_t roster_file (roster_t roster, const char *name, char **r_path,
                         char **r_message);

/* True if ENTRY's file is exactly what roster_write would write.  */
bool roster_has (roster_t roster, const struct roster_entry *entry);

/* Replace NAME's fingerprint by FPR in their file, which keeps all else.  */
gpg_error_t roster_rekey (roster_t roster, const char *name, const char *fpr,
                          char **r_message);

/* The groups that somebody is to have.  */
struct roster_groups
{
  size_t n;
  const char **group;
  uint64_t *ends;               /* Of each, in Unix seconds; 0: none.  */
};

/* Write GROUPS into NAME's file, which keeps all else.  */
gpg_error_t roster_regroup (roster_t roster, const char *name,
                            const struct roster_groups *groups,
                            char **r_message);

/* Let the caller's own key FPR (in their own GnuPG home) sign all further
   invites, in addition to the server's key.  */
gpg_error_t roster_sign_by (roster_t roster, const char *fpr,
                            char **r_message);

/* Announce that N invites will be made, whose serials are taken at once.  */
gpg_error_t roster_take_serials (roster_t roster, size_t n);

/* Make the invite for USER: signed by the server's key (and by that of
   roster_sign_by), encrypted to the public key KEYDATA, or if that is NULL to
   USER's key in the roster's home.  *R_DATA is to be freed.
   GPG_ERR_NO_KEY: there is no door for them; GPG_ERR_KEY_EXPIRED: theirs has
   ended; GPG_ERR_NOT_FOUND: their key is not in the roster's home.  */
gpg_error_t roster_invite (roster_t roster, const struct config_user *user,
                           const void *keydata, size_t keylen,
                           unsigned char **r_data, size_t *r_len);

/* The number of the door that goes into the invites of people who are tied
   to none: "main", or if that does not exist or has ended by NOW (in Unix
   seconds), the first that has not ended.  CONFIG_MAX_DOORS: none.  */
size_t roster_first_door (config_t config, uint64_t now);

/* 0 if the configuration on disk is good now; else *R_MESSAGE says what is
   wrong.  */
gpg_error_t roster_check (roster_t roster, char **r_message);

/* Make a running posternd reload; if none runs, do nothing.  */
gpg_error_t roster_reload (roster_t roster, char **r_message);

/* The same for what is done already: a failure is a warning about VERB
   NAME.  */
void roster_announce (roster_t roster, const char *verb, const char *name);

/* Wait until a running posternd follows what has changed in the roster's
   keyring.  A failure is logged for VERB and NAME.  */
void roster_settle (roster_t roster, const char *verb, const char *name);

/* Write an audit row: ACTION (as audit_note has it) was done to USER, whose
   key is FPR; WHY may be NULL.  If no posternd runs, a child of ours writes
   it, as posternd's own user.  A failure is a warning.  */
void roster_note (roster_t roster, const char *action, const char *user,
                  const char *fpr, const char *why);

/* The same for N people at once, without a WHY.  */
struct roster_noted
{
  const char *user;
  const char *fpr;
};
void roster_note_all (roster_t roster, const char *action,
                      const struct roster_noted *noted, size_t n);

/* Have a posternd that runs refuse from now on what USER with the key FPR
   asks: what follows takes a while where there are many people.  Waits for
   nothing, and tells nothing: roster_end does.  */
void roster_bar (roster_t roster, const char *user, const char *fpr);

/* End all grants of USER at once, with the audit row of a revocation.
   *R_CLOSED is how many there were.  GPG_ERR_NOT_FOUND if no posternd runs:
   the next one ends them when it starts.  */
gpg_error_t roster_end (roster_t roster, const char *user, const char *fpr,
                        const char *why, unsigned int *r_closed,
                        char **r_message);

#endif /*POSTERN_KEYS_ROSTER_H*/
