/* folders.h - The folders of a server: who owns what.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md has the table.  */

#ifndef POSTERN_KEYS_FOLDERS_H
#define POSTERN_KEYS_FOLDERS_H

#include <sys/types.h>
#include <gpg-error.h>

/* Make the system users of the roles where they are missing, with
   useradd.  *R_WHAT is the user at fault.  */
gpg_error_t folders_make_users (const char **r_what);

/* Make the folder PATH for USER (NULL: root) with MODE; for a MODE with
   group rights the group is USER's and the owner root.  An existing
   folder gets them.  */
gpg_error_t folders_make (const char *path, const char *user, mode_t mode);

/* Give everything below PATH (one level of files and folders, as GnuPG
   homes have) to USER.  */
gpg_error_t folders_give (const char *path, const char *user);

/* Let USER's group read the files in PATH, which stay root's.  */
gpg_error_t folders_share (const char *path, const char *user);

/* Take the folder PATH away with all that is in it; one that is not there
   is no error.  No link is followed.  */
gpg_error_t folders_remove (const char *path);

/* End the gpg-agent of the GnuPG home PATH, if one runs there, and wait
   until it has gone: it must not stay with a secret that only root may use,
   nor take the next one's socket away.  */
void folders_end_agent (const char *path);

/* True if every folder on the way to PATH can be entered by all.  */
int folders_reachable (const char *path);

#endif /*POSTERN_KEYS_FOLDERS_H*/
