/* roster.h - Who is who: the people of a server and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A person is one file DIR/users.d/NAME.conf and one public key in the
 * roster's home STATE/verify.  Only one program changes the roster at a
 * time: an open roster is locked.  */

#ifndef POSTERN_KEYS_ROSTER_H
#define POSTERN_KEYS_ROSTER_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../common/config.h"
#include "../common/pgp.h"

typedef struct roster_s *roster_t;

/* Open the roster of the configuration in DIR and lock it.  On failure
   *R_MESSAGE is a line for the person who called, to be freed with
   gpgrt_free.  */
gpg_error_t roster_open (const char *dir, roster_t *r_roster,
                         char **r_message);
void roster_close (roster_t roster);

config_t roster_config (roster_t roster);
pgp_t roster_people (roster_t roster);  /* The home with public keys.  */

/* Why KEY cannot be NAME's, or NULL: cannot sign or encrypt, expired,
   revoked, weak, or somebody else's already.  A constant text.  */
const char *roster_objection (roster_t roster, const char *name,
                              pgp_key_t key);

struct roster_entry
{
  const char *name;
  const char *fpr;
  const char *const *groups;    /* NULL-ended.  */
  const char *door;             /* NULL: any.  */
  const char *expires;          /* as access.conf has it; NULL: never.  */
};

/* Put the key in DATA into the roster's home, minimally.  */
gpg_error_t roster_add_key (roster_t roster, const void *data, size_t len);

/* Write ENTRY's file; GPG_ERR_EEXIST where the name is taken.  It is taken
   away again if the configuration is not good with it: *R_MESSAGE (to be
   freed) says why.  */
gpg_error_t roster_add (roster_t roster, const struct roster_entry *entry,
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

#endif /*POSTERN_KEYS_ROSTER_H*/
