/**
 * Passkeys: signing in with one, and adding one to an account. The buttons show where a browser can.
 */

const Passkeys = window.PublicKeyCredential;
const FROM_SERVER = "server"; // of an error whose message is in the page's language

/**
 * @param {string} step
 * @param {unknown} [body]
 * @returns {Promise<any>} what the server answers
 */
async function asked(step, body) {
    const folder = location.pathname.replace(/(\/account\/[a-z]+\/).*$/, "$1");
    const answer = await fetch(`${folder}passkeys/${step}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body ?? {}),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message, { cause: FROM_SERVER });
    return said;
}

async function enter() {
    const options = Passkeys.parseRequestOptionsFromJSON(await asked("ask"));
    const credential = await navigator.credentials.get({ publicKey: options });
    await asked("enter", /** @type {PublicKeyCredential} */ (credential).toJSON());
}

async function add() {
    const code = /** @type {HTMLInputElement | null} */ (document.querySelector("#add-passkey [name=code]"));
    const options = Passkeys.parseCreationOptionsFromJSON(await asked("offer", { code: code?.value ?? "" }));
    const credential = await navigator.credentials.create({ publicKey: options });
    await asked("add", /** @type {PublicKeyCredential} */ (credential).toJSON());
}

/**
 * @param {string} id of a button, or of a form with one
 * @param {() => Promise<void>} act
 * @param {(button: HTMLElement) => void} then
 */
function offer(id, act, then) {
    const button = document.getElementById(id);
    const says = document.getElementById("passkey-says");
    if (!button || !says) return;
    button.hidden = false;
    button.addEventListener(button instanceof HTMLFormElement ? "submit" : "click", async event => {
        event.preventDefault();
        says.textContent = "";
        try {
            await act();
            then(button);
        } catch (error) {
            const reason = error instanceof Error && error.cause === FROM_SERVER ? error.message : "";
            says.textContent = reason || (button.dataset["refused"] ?? "");
        }
    });
}

if (Passkeys && "parseRequestOptionsFromJSON" in Passkeys) {
    offer("passkey", enter, button => location.assign(button.dataset["to"] ?? "./"));
    offer("add-passkey", add, () => location.reload());
}
