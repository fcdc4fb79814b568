/* ctl-blob.h - The signed requests of an audit, verified again.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CTL_BLOB_H
#define POSTERN_CTL_BLOB_H

#include "posternctl.h"

typedef struct ctl_blob_s *ctl_blob_t;

/* Use the public keys in the file of --keys, or the roster's.  The caller is
   no longer root when this returns, and must have called secret_init before.
   Errors are logged.  */
gpg_error_t ctl_blob_open (const struct ctl_options *opt,
                           ctl_blob_t *r_blobs);
void ctl_blob_close (ctl_blob_t blobs);

/* Check that the blob of ROW is a request with the hash, by the key, to the
   host and for what ROW says, and that no earlier row has it.  Returns NULL, or a
   constant text that says what is wrong.  A key that is not known, or is no
   longer valid, is only counted.  */
const char *ctl_blob_check (ctl_blob_t blobs, json_t *row);

/* Print who signed how many requests, and what could not be verified.  */
void ctl_blob_print (ctl_blob_t blobs);

/* The same, as members of OBJECT.  */
void ctl_blob_describe (ctl_blob_t blobs, json_t *object);

/* Decode hexadecimal (if HEX) or base64.  *R_DATA is to be freed; NULL on
   failure.  */
gpg_error_t ctl_blob_decode (const char *text, bool hex,
                             unsigned char **r_data, size_t *r_len);

#endif /*POSTERN_CTL_BLOB_H*/
