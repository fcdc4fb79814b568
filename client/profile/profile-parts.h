/* profile-parts.h - What the files of the module profile share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * profile has the folder and its hosts, profile-text reads hosts.conf,
 * profile-edit changes its text, profile-keys has the files of keys.  */

#ifndef POSTERN_CLIENT_PROFILE_PARTS_H
#define POSTERN_CLIENT_PROFILE_PARTS_H

#include "../../common/conf/conf.h"
#include "profile.h"

struct profile_s
{
  char *dir;
  int lock;                     /* -1: open for reading.  */
  char *text;                   /* Of hosts.conf, and a NUL; NULL: none.  */
  size_t len;
  struct profile_host defaults;
  size_t n;
  struct profile_host *host;
};

extern const struct conf_grammar profile_grammar;

/* Read the LEN bytes of TEXT, which is called FILE in messages, into
   PROFILE's hosts, of which there are none yet.  */
gpg_error_t profile_parse (profile_t profile, const char *file,
                           const char *text, size_t len, char **r_message);

/* Check that all of HOST can be written and read back.  */
gpg_error_t profile_check (const struct profile_host *host,
                           char **r_message);

/* PROFILE's text with NEW in place of OLD, in *R_TEXT, to be freed.  OLD
   NULL adds, NEW NULL removes.  */
gpg_error_t profile_edit (profile_t profile, const struct profile_host *old,
                          const struct profile_host *new, char **r_text,
                          size_t *r_len);

/* Open our folder, whose owner must be we or root, and nobody else may
   write.  */
gpg_error_t profile_open_dir (profile_t profile, int *r_fd,
                              char **r_message);

/* Write the file FOLDER NAME END ("doors/", "web1", ".key").  */
gpg_error_t profile_write_file (profile_t profile, const char *folder,
                                const char *name, const char *end,
                                const void *data, size_t len,
                                char **r_message);

/* The two files of keys of a host: written, copied for another name,
   whether one is there, and removed (what is not there passes).  */
gpg_error_t profile_keys_write (profile_t profile, const char *name,
                                const unsigned char *door_key,
                                const void *server_key, size_t len,
                                char **r_message);
gpg_error_t profile_keys_copy (profile_t profile,
                               const struct profile_host *host,
                               const char *new_name, char **r_message);
bool profile_keys_exist (profile_t profile, const char *name);
gpg_error_t profile_keys_remove (profile_t profile, const char *name,
                                 char **r_message);

/* Remove what a write that was interrupted has left.  */
void profile_keys_sweep (profile_t profile);

#endif /*POSTERN_CLIENT_PROFILE_PARTS_H*/
