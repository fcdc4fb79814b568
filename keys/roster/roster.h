/* roster.h - Who is who: the people of a server and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A person is one file DIR/users.d/NAME.conf and one public key in the
 * roster's home STATE/verify.  Only one program changes the roster at a
 * time: an open roster is locked.  */

#ifndef POSTERN_KEYS_ROSTER_H
#define POSTERN_KEYS_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../server/config/config.h"
#include "../../common/pgp/pgp.h"

typedef struct roster_s *roster_t;

/* Open the roster of the configuration in DIR and lock it.  On failure
   *R_MESSAGE is a line for the person who called, to be freed with
   gpgrt_free.  */
gpg_error_t roster_open (const char *dir, roster_t *r_roster,
                         char **r_message);

/* The same without the lock, for whoever has to fetch a key or to ask
   somebody first: nobody waits meanwhile.  roster_lock takes the lock and
   reads the configuration again, so pointers into it end, and what was found
   before must be looked at once more.  */
gpg_error_t roster_begin (const char *dir, roster_t *r_roster,
                          char **r_message);
gpg_error_t roster_lock (roster_t roster, char **r_message);

/* The same for somebody who waits WAIT milliseconds at most: GPG_ERR_EBUSY
   where another one still has the lock.  */
gpg_error_t roster_try_lock (roster_t roster, int wait, char **r_message);

/* Read the configuration again; pointers into it end.  */
gpg_error_t roster_read_again (roster_t roster, char **r_message);

/* A mark that NAME is being revoked: it is there from the first step of a
   revocation until the last.  Revoking needs no lock; whoever has the lock
   writes nothing about a person who is marked, and calls roster_look_again
   after it wrote: then one of the two sees what the other did.  A mark
   without a person, whose revocation had no lock to remove it, is taken away
   by whoever gets the lock next.  */
gpg_error_t roster_mark (roster_t roster, const char *name);
bool roster_is_marked (config_t config, const char *name);
gpg_error_t roster_unmark (roster_t roster, const char *name);

/* If NAME is marked, take out again what was written about them, say so on
   behalf of VERB, and return GPG_ERR_EBUSY.  The lock is held.  */
gpg_error_t roster_look_again (roster_t roster, const char *verb,
                               const char *name);

/* Take out the key FPR of NAME; the passwords and the file of USER.  What
   fails is told on behalf of VERB, and the rest is done all the same.  */
gpg_error_t roster_withdraw_key (roster_t roster, const char *verb,
                                 const char *name, const char *fpr);
gpg_error_t roster_withdraw_file (roster_t roster, const char *verb,
                                  const struct config_user *user);

/* Open it to look at only: nothing is locked, and nobody waits.  */
gpg_error_t roster_look (const char *dir, roster_t *r_roster,
                         char **r_message);
void roster_close (roster_t roster);

config_t roster_config (roster_t roster);
pgp_t roster_people (roster_t roster);  /* The home with public keys.  */

/* Whether KEY can be NAME's.  GPG_ERR_UNUSABLE_PUBKEY and *R_WHY, to be
   freed with gpgrt_free, where it cannot: it cannot sign or encrypt, is
   expired, revoked or weak, or it or a part of it is somebody else's already
   or this server's.  Another error where that cannot be looked up.  */
gpg_error_t roster_objection (roster_t roster, const char *name,
                              pgp_key_t key, char **r_why);

/* The same of parts that are somebody else's alone.  */
gpg_error_t roster_share_objection (roster_t roster, const char *name,
                                    pgp_key_t key, char **r_why);

/* KEY will be NAME's: roster_objection knows it from now on, though it is
   not in the roster's home yet.  */
gpg_error_t roster_will_add (roster_t roster, const char *name,
                             pgp_key_t key);

struct roster_entry
{
  const char *name;
  const char *fpr;
  const char *const *groups;    /* NULL-ended.  */
  const char *door;             /* NULL: any.  */
  const char *expires;          /* as access.conf has it; NULL: never.  */
};

/* Put the key in DATA into the roster's home, minimally; a key that is
   there already gets what is new.  */
gpg_error_t roster_add_key (roster_t roster, const void *data, size_t len);

/* The same for many keys, one behind the other in DATA.  What is no key
   gpg passes over.  */
gpg_error_t roster_add_keys (roster_t roster, const void *data, size_t len);

/* Take the key out; one that is not there is no error.  */
gpg_error_t roster_drop_key (roster_t roster, const char *fpr);

/* Take ENTRY into the configuration in memory: what can be wrong with it
   is found here, before anything is written.  *R_USER lasts until the next
   call of this module.  *R_MESSAGE as above.  */
gpg_error_t roster_enter (roster_t roster, const struct roster_entry *entry,
                          const struct config_user **r_user,
                          char **r_message);

/* Write the file of ENTRY, which was entered; at once or not at all.  */
gpg_error_t roster_write (roster_t roster, const struct roster_entry *entry,
                          char **r_message);

/* The file of a person who is in the configuration and stands in a file of
   their own: an error and *R_MESSAGE else.  *R_PATH is to be freed with
   gpgrt_free.  */
gpg_error_t roster_file (roster_t roster, const char *name, char **r_path,
                         char **r_message);

/* True if ENTRY's file is the very one that roster_write would write.  */
bool roster_has (roster_t roster, const struct roster_entry *entry);

/* Write FPR in the place of NAME's fingerprint into the file, which keeps
   all else.  */
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

/* Let the key FPR of who calls (in their own GnuPG home) sign the invites
   that are made from now on, besides the server's.  On failure *R_MESSAGE
   says why, to be freed with gpgrt_free.  */
gpg_error_t roster_sign_by (roster_t roster, const char *fpr,
                            char **r_message);

/* Say that N invites will be made: their serials are taken at once.  */
gpg_error_t roster_take_serials (roster_t roster, size_t n);

/* Make the invite for USER, whose public key is KEYDATA: signed by the
   server's key (and by that of roster_sign_by), encrypted to that key.
   *R_DATA is to be freed.  GPG_ERR_NO_KEY: there is no door for them;
   GPG_ERR_KEY_EXPIRED: theirs has ended.  */
gpg_error_t roster_invite (roster_t roster, const struct config_user *user,
                           const void *keydata, size_t keylen,
                           unsigned char **r_data, size_t *r_len);

/* The number of the door that invites bring to people who are tied to
   none: "main", or where it is not there or has ended by NOW the first
   that has not.  CONFIG_MAX_DOORS: none.  */
size_t roster_first_door (config_t config, uint64_t now);

/* 0 if the configuration as it is on disk now is good; *R_MESSAGE (to be
   freed) says why not.  */
gpg_error_t roster_check (roster_t roster, char **r_message);

/* Tell a running posternd; nothing happens where none runs.  *R_MESSAGE
   as above.  */
gpg_error_t roster_reload (roster_t roster, char **r_message);

/* Write an audit row: ACTION (as audit_note has it) was done to USER, whose
   key is FPR; WHY may be NULL.  Where no posternd runs a child of ours does
   it, as posternd's own user.  What fails is a warning.  */
void roster_note (roster_t roster, const char *action, const char *user,
                  const char *fpr, const char *why);

/* The same for N people, of whom the action is all that is said.  */
struct roster_noted
{
  const char *user;
  const char *fpr;
};
void roster_note_all (roster_t roster, const char *action,
                      const struct roster_noted *noted, size_t n);

/* End at once all that USER has open, with the audit row of a revocation.
   *R_CLOSED is how many grants; GPG_ERR_NOT_FOUND where no posternd runs:
   then the next one ends them when it starts.  *R_MESSAGE as above.  */
gpg_error_t roster_end (roster_t roster, const char *user, const char *fpr,
                        const char *why, unsigned int *r_closed,
                        char **r_message);

#endif /*POSTERN_KEYS_ROSTER_H*/
