document.getElementById("view").textContent = "Tachograph";

